using System.CommandLine;
using System.Globalization;

namespace FissionGrpo.Cli.Commands;

/// <summary>What an option's value must be, said in the words of our own messages.</summary>
internal static class Bounds
{
    /// <summary>A finite number that is not below the least.</summary>
    public static TOption AtLeast<TOption>(this TOption option, double least)
        where TOption : Option
    {
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (double.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !(value >= least && double.IsFinite(value)))
                    result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {token.Value}, expected {least} or more."));
        });
        return option;
    }
}
