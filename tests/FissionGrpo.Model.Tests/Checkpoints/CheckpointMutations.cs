using System.Text;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests.Checkpoints;

/// <summary>Small damages: flipped bits, swapped digits, cut and doubled pieces.</summary>
internal static class CheckpointMutations
{
    private static readonly string[] Pieces = ["0", "9", "-1", "99999999999999999999", "{", "}", "[", "]", "\"", ",", ":", "null", "1e308", "\\u0000", "[[[[[[[["];

    /// <summary>A damaged copy; the damage lies in the first <paramref name="reach"/> bytes, apart from truncation.</summary>
    public static byte[] Mutate(byte[] original, int reach, ref SampleRng rng)
    {
        var bytes = new List<byte>(original);
        for (var damages = rng.Next(1, 4); damages > 0; damages--)
        {
            var at = rng.Next(Math.Min(reach, Math.Max(1, bytes.Count)));
            switch (rng.Chance(0.05) ? 4 : rng.Next(4) is 3 ? 5 : rng.Next(4))
            {
                case 0 when bytes.Count > at:
                    bytes[at] ^= (byte)(1 << rng.Next(8));
                    break;
                case 1 when bytes.Count > at:
                    bytes[at] = (byte)('0' + rng.Next(10));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(rng.Pick<string>(Pieces)));
                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, rng.Next(1, 9)));
                    break;
                case 4:
                    bytes = bytes[..rng.Next(bytes.Count)];
                    break;
                default:
                    var other = rng.Next(Math.Min(reach, Math.Max(1, bytes.Count)));
                    if (bytes.Count > Math.Max(at, other))
                        (bytes[at], bytes[other]) = (bytes[other], bytes[at]);
                    break;
            }
            if (bytes.Count == 0)
                break;
        }
        return [.. bytes];
    }
}
