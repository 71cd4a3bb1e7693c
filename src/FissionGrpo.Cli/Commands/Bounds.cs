using System.CommandLine;
using System.Globalization;

namespace FissionGrpo.Cli.Commands;

/// <summary>What an option's value must be, said in the words of our own messages.</summary>
internal static class Bounds
{
    /// <summary>Longer than anybody waits for an answer, and shorter than what timers cannot hold.</summary>
    public const double SecondsOfADay = 86_400;

    /// <summary>A finite number that is not below the least.</summary>
    public static TOption AtLeast<TOption>(this TOption option, double least)
        where TOption : Option => option.Within(least, double.MaxValue);

    /// <summary>A number between two others, both included.</summary>
    public static TOption Within<TOption>(this TOption option, double least, double most)
        where TOption : Option
    {
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (double.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !(value >= least && value <= most))
                    result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {token.Value}, expected {least} {(most < double.MaxValue ? $"to {most}" : "or more")}."));
        });
        return option;
    }
}
