using System.Collections.Frozen;
using FissionGrpo.Environments.Bfcl.Api;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>The names of all parameters, so that reading a call makes no new strings for them.</summary>
internal static class ParameterNames
{
    private static readonly FrozenSet<string> All =
        ApiTypes.All.Values.SelectMany(t => t.Methods.Values).SelectMany(m => m.Parameters).Select(p => p.Name).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Lookup = All.GetAlternateLookup<ReadOnlySpan<char>>();

    public static string? Find(ReadOnlySpan<char> name) => Lookup.TryGetValue(name, out var known) ? known : null;
}
