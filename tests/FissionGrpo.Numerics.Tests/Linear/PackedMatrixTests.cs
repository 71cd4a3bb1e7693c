using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Numerics.Tests.Linear;

public sealed unsafe class PackedMatrixTests
{
    [Fact]
    public void AnyShapeFormatAndOrientation_MultipliesLikeThePlainLoop()
    {
        var sizes = Gen.Choose(1, 80).Four();
        Prop.ForAll(sizes.ToArbitrary(), size =>
        {
            var (m, n, k, seed) = size;
            using var numbers = new TestNumbers(seed);
            using var team = new ThreadTeam(1 + (seed % 3));
            var x = numbers.Normal(m * k);
            var outputsByInputs = numbers.Normal(n * k);
            var inputsByOutputs = GemmTests.Transposed(numbers, outputsByInputs, n, k);
            var format = seed % 2 == 0 ? PackedFormat.Single : PackedFormat.BFloat16;
            using var rows = new PackedMatrix(k, n, format);
            using var columns = new PackedMatrix(k, n, format);
            rows.PackOutputsByInputs(team, outputsByInputs, k);
            columns.PackInputsByOutputs(team, inputsByOutputs, n);
            var y = numbers.Zeros(m * n);
            var z = numbers.Zeros(m * n);

            Gemm.Multiply(team, x, k, rows, y, n, m, accumulate: false);
            Gemm.Multiply(team, x, k, columns, z, n, m, accumulate: false);

            var same = new Span<float>(y, m * n).SequenceEqual(new(z, m * n));
            for (var i = 0; i < m * n; i++)
            {
                var (sum, sizes) = (0.0, 0.0);
                for (var l = 0; l < k; l++)
                {
                    var weight = outputsByInputs[(i % n * k) + l];
                    var term = (double)x[(i / n * k) + l] * (format == PackedFormat.Single ? weight : FloatFormats.BFloat16ToSingle(FloatFormats.SingleToBFloat16(weight)));
                    sum += term;
                    sizes += Math.Abs(term);
                }
                // What k roundings can do at the most.
                same &= Math.Abs(sum - y[i]) <= (k + 1) * MathF.ScaleB(1, -24) * sizes;
            }
            return same;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(PackedFormat.Single, 40, 200, 600)]
    [InlineData(PackedFormat.BFloat16, 40, 200, 600)]
    [InlineData(PackedFormat.Single, 25, 97, 33)]
    [InlineData(PackedFormat.Single, 2, 200, 33)]
    public void WorkBesideTheProduct_ChangesNoBitOfItAndHearsOfWhatIsFetched(PackedFormat format, int m, int n, int k)
    {
        using var numbers = new TestNumbers(m);
        using var team = new ThreadTeam(1);
        var x = numbers.Normal(m * k);
        using var w = new PackedMatrix(k, n, format);
        w.PackOutputsByInputs(team, numbers.Normal(n * k), k);
        var alone = numbers.Zeros(m * n);
        var beside = numbers.Zeros(m * n);
        Gemm.Multiply(team, x, k, w, alone, n, m, accumulate: false);
        var work = new Listener();
        var block = numbers.Zeros(640);

        team.ReadAhead.Set([(nint)block, (nint)block, (nint)block], 0, 640 * sizeof(float), work);
        Gemm.Multiply(team, x, k, w, beside, n, m, accumulate: false);
        team.ReadAhead.Clear();

        Assert.True(new Span<float>(alone, m * n).SequenceEqual(new(beside, m * n)));
        Assert.Equal(work.Heard.Order(), work.Heard);
        if (m == 40 && Tiles.Path == KernelPath.Avx512)
            Assert.Equal(3, work.Heard[^1]);
    }

    private sealed class Listener : ISideWork
    {
        public List<int> Heard { get; } = [];

        public void Advance(int fetched) => Heard.Add(fetched);
    }

    [Theory]
    [InlineData(PackedFormat.Single)]
    [InlineData(PackedFormat.BFloat16)]
    public void SeveralTensorsInOneMatrix_EqualTheirConcatenation(PackedFormat format)
    {
        using var numbers = new TestNumbers(8);
        using var team = new ThreadTeam(2);
        const int Inputs = 37, Outputs = 100, Cut = 45;
        var w = numbers.Normal(Inputs * Outputs);
        using var whole = new PackedMatrix(Inputs, Outputs, format);
        using var parts = new PackedMatrix(Inputs, Outputs, format);
        using var turnedWhole = new PackedMatrix(Outputs, Inputs, format);
        using var turnedParts = new PackedMatrix(Outputs, Inputs, format);

        whole.PackOutputsByInputs(team, w, Inputs);
        parts.PackOutputsByInputs(team, w + (Cut * Inputs), Inputs, Cut, Outputs - Cut);
        parts.PackOutputsByInputs(team, w, Inputs, 0, Cut);
        turnedWhole.PackInputsByOutputs(team, w, Inputs);
        turnedParts.PackInputsByOutputs(team, w + (Cut * Inputs), Inputs, Cut, Outputs - Cut);
        turnedParts.PackInputsByOutputs(team, w, Inputs, 0, Cut);

        Assert.True(new Span<byte>(whole.Data, (int)whole.Bytes).SequenceEqual(new(parts.Data, (int)parts.Bytes)));
        Assert.True(new Span<byte>(turnedWhole.Data, (int)turnedWhole.Bytes).SequenceEqual(new(turnedParts.Data, (int)turnedParts.Bytes)));
    }

    [Fact]
    public void BFloat16Source_PacksLikeItsWidenedValues()
    {
        using var numbers = new TestNumbers(9);
        using var team = new ThreadTeam(1);
        const int Inputs = 40, Outputs = 50;
        var wide = numbers.Normal(Inputs * Outputs);
        var narrow = (ushort*)numbers.Zeros(Inputs * Outputs);
        FloatFormats.SingleToBFloat16(new(wide, Inputs * Outputs), new(narrow, Inputs * Outputs));
        FloatFormats.BFloat16ToSingle(new(narrow, Inputs * Outputs), new(wide, Inputs * Outputs));
        foreach (var format in new[] { PackedFormat.Single, PackedFormat.BFloat16 })
        {
            using var a = new PackedMatrix(Inputs, Outputs, format);
            using var b = new PackedMatrix(Inputs, Outputs, format);
            a.PackOutputsByInputs(team, wide, Inputs);
            b.PackOutputsByInputs(team, narrow, Inputs);
            Assert.True(new Span<byte>(a.Data, (int)a.Bytes).SequenceEqual(new(b.Data, (int)b.Bytes)));
            a.PackInputsByOutputs(team, wide, Outputs);
            b.PackInputsByOutputs(team, narrow, Outputs);
            Assert.True(new Span<byte>(a.Data, (int)a.Bytes).SequenceEqual(new(b.Data, (int)b.Bytes)));
        }
    }

    [Fact]
    public void BadSizesAndUseAfterDispose_AreRefused()
    {
        using var team = new ThreadTeam(1);
        var matrix = new PackedMatrix(4, 4);

        Assert.Throws<ArgumentOutOfRangeException>(() => new PackedMatrix(0, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.PackOutputsByInputs(team, (float*)null, 4, 3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.PackInputsByOutputs(team, (float*)null, 4, -1));
        matrix.Dispose();
        matrix.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Gemm.Multiply(team, null, 4, matrix, null, 4, 1, accumulate: false));
    }
}
