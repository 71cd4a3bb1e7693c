using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Model.Decoding;

/// <summary>
/// Turns logits into the distribution to draw from. Order: temperature, top-k, top-p, min-p, softmax. Ties at the k-th logit stay;
/// top-p keeps tokens from the likeliest down while the mass before a token is below p, at least one (the lower id first among equals);
/// min-p drops tokens below a share of the likeliest.
/// </summary>
internal static unsafe class SamplingFilters
{
    /// <summary>Replaces logits by probabilities; dropped tokens get 0.</summary>
    /// <param name="row">In: logits, −∞ allowed. Out: probabilities that sum to 1.</param>
    /// <param name="options">The settings, with a positive temperature.</param>
    /// <param name="scratch">Room for as many values.</param>
    /// <returns>False when the logits hold no distribution (NaN, +∞, or all −∞).</returns>
    public static bool Apply(float* row, int count, SamplingOptions options, float* scratch)
    {
        if (options.TopK > 0 && options.TopK < count)
            KeepTopK(row, count, options.TopK, scratch);
        var summary = LogitRow.Exponentiate(row, count, 1 / options.Temperature);
        if (!summary.IsDistribution)
            return false;
        LogitRow.Scale(row, count, (float)(1 / summary.Sum));
        if (options.TopP < 1)
            KeepTopP(row, count, options.TopP, (int*)scratch);
        if (options.MinP > 0)
            KeepMinP(row, count, options.MinP);
        if (options.TopP < 1 || options.MinP > 0)
            Normalise(row, count);
        return true;
    }

    /// <summary>Index of the largest logit, the lowest index among equals.</summary>
    public static int Greedy(float* logits, int count)
    {
        var best = 0;
        for (var i = 1; i < count; i++)
        {
            if (logits[i] > logits[best])
                best = i;
        }
        return best;
    }

    private static void KeepTopK(float* logits, int count, int k, float* scratch)
    {
        new ReadOnlySpan<float>(logits, count).CopyTo(new Span<float>(scratch, count));
        var threshold = NthLargest(scratch, count, k);
        for (var i = 0; i < count; i++)
        {
            if (logits[i] < threshold)
                logits[i] = float.NegativeInfinity;
        }
    }

    /// <summary>The k-th largest value, k from 1 (Hoare's selection, median of three); reorders the values.</summary>
    private static float NthLargest(float* values, int count, int k)
    {
        var (low, high, target) = (0, count - 1, k - 1);
        while (low < high)
        {
            var (a, b, c) = (values[low], values[(low + high) / 2], values[high]);
            var pivot = MathF.Max(MathF.Min(a, b), MathF.Min(MathF.Max(a, b), c));
            var (i, j) = (low, high);
            while (i <= j)
            {
                while (values[i] > pivot)
                    i++;
                while (values[j] < pivot)
                    j--;
                if (i > j)
                    break;
                (values[i], values[j]) = (values[j], values[i]);
                i++;
                j--;
            }
            if (target <= j)
                high = j;
            else if (target >= i)
                low = i;
            else
                break;
        }
        return values[target];
    }

    /// <summary>A heap gives up the likeliest tokens one by one until the mass is reached: the nucleus is small, the vocabulary is not.</summary>
    private static void KeepTopP(float* probabilities, int count, float topP, int* heap)
    {
        var size = 0;
        for (var i = 0; i < count; i++)
        {
            if (probabilities[i] > 0)
                heap[size++] = i;
        }
        for (var i = (size / 2) - 1; i >= 0; i--)
            SiftDown(heap, i, size, probabilities);
        var mass = 0.0;
        while (size > 0 && (mass < topP || mass == 0))
        {
            mass += probabilities[heap[0]];
            heap[0] = heap[--size];
            SiftDown(heap, 0, size, probabilities);
        }
        for (var i = 0; i < size; i++)
            probabilities[heap[i]] = 0;
    }

    private static void SiftDown(int* heap, int at, int size, float* probabilities)
    {
        while ((2 * at) + 1 < size)
        {
            var child = (2 * at) + 1;
            if (child + 1 < size && Before(heap[child + 1], heap[child], probabilities))
                child++;
            if (!Before(heap[child], heap[at], probabilities))
                return;
            (heap[at], heap[child]) = (heap[child], heap[at]);
            at = child;
        }
    }

    private static bool Before(int a, int b, float* probabilities) =>
        probabilities[a] > probabilities[b] || (probabilities[a] == probabilities[b] && a < b);

    private static void KeepMinP(float* probabilities, int count, float minP)
    {
        var largest = 0f;
        for (var i = 0; i < count; i++)
            largest = MathF.Max(largest, probabilities[i]);
        for (var i = 0; i < count; i++)
        {
            if (probabilities[i] < minP * largest)
                probabilities[i] = 0;
        }
    }

    private static void Normalise(float* probabilities, int count)
    {
        var sum = 0.0;
        for (var i = 0; i < count; i++)
            sum += probabilities[i];
        LogitRow.Scale(probabilities, count, (float)(1 / sum));
    }
}
