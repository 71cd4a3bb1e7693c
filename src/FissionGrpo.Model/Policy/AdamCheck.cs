namespace FissionGrpo.Model.Policy;

/// <summary>Refuses optimizer settings that are no numbers for AdamW.</summary>
internal static class AdamCheck
{
    public static void Check(AdamOptions adam)
    {
        Within(adam.LearningRate, 0, 1e6f, nameof(adam.LearningRate));
        Within(adam.Beta1, 0, 0.9999999f, nameof(adam.Beta1));
        Within(adam.Beta2, 0, 0.9999999f, nameof(adam.Beta2));
        Within(adam.Epsilon, 0, 1e6f, nameof(adam.Epsilon));
        Within(adam.WeightDecay, 0, 1e6f, nameof(adam.WeightDecay));
        Within(adam.ClipNorm, 0, float.MaxValue, nameof(adam.ClipNorm));

        static void Within(float value, float least, float most, string name)
        {
            if (!(value >= least && value <= most))
                throw new ArgumentException($"AdamW's {name} is {value}, expected {least} to {most}", nameof(adam));
        }
    }
}
