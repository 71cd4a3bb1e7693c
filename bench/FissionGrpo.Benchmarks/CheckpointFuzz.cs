using System.Diagnostics;
using System.Globalization;
using System.Text;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Tests.Checkpoints;
using FissionGrpo.Model.Weights;
using FissionGrpo.Seeds;

namespace FissionGrpo.Benchmarks;

/// <summary>
/// The long form of the tests' few seconds: <c>-- fuzz [inputs]</c>, a million by default. Damaged headers and configurations either read or give a
/// <see cref="CheckpointException"/>; anything else ends the program. Says how many of each, and the most memory that one input cost.
/// </summary>
internal static class CheckpointFuzz
{
    public static int Run(string[] args)
    {
        var inputs = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var model = ModelConfiguration.Qwen3(67, 24, 2, 4, 2, 10, 37, 512);
        var configuration = ConfigurationFile.Write(model);
        var header = Header(model, out var dataBytes);
        var rng = new SampleRng(new Seed(1));
        var (read, refused, most) = (0L, 0L, 0L);
        var watch = Stopwatch.StartNew();
        for (var i = 0L; i < inputs; i++)
        {
            var original = i % 2 == 0 ? configuration : header;
            var mutated = CheckpointMutations.Mutate(original, original.Length, ref rng);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                if (i % 2 == 0)
                    _ = ConfigurationFile.Parse("config.json", mutated);
                else
                    _ = SafetensorsHeader.Parse("model.safetensors", mutated, dataBytes);
                read++;
            }
            catch (CheckpointException)
            {
                refused++;
            }
            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Console.WriteLine($"{inputs:N0} damaged inputs in {watch.Elapsed.TotalSeconds:N0} s: {read:N0} read, {refused:N0} refused, at most {most / 1024:N0} KiB allocated for one");
        return 0;
    }

    private static byte[] Header(ModelConfiguration model, out long dataBytes)
    {
        var text = new StringBuilder("{");
        dataBytes = 0;
        foreach (var parameter in ParameterLayout.Of(model).Parameters)
        {
            var end = dataBytes + (parameter.Count * sizeof(float));
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 1 ? "," : "")}\"{parameter.Name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', parameter.Shape)}],\"data_offsets\":[{dataBytes},{end}]}}");
            dataBytes = end;
        }
        return Encoding.UTF8.GetBytes(text.Append('}').ToString());
    }
}
