using FissionGrpo.Model.Adapters;

namespace FissionGrpo.Model.Policy;

/// <summary>How the in-process engine uses the machine. Threads and cache change no bit of a result; the sizes of a pass change the order of sums.</summary>
/// <param name="Threads">Threads of arithmetic; 0 takes one per processor.</param>
/// <param name="CacheBytes">Memory for cached keys and values that no request in flight needs.</param>
/// <param name="TokensPerPass">Distinct tokens of a training pass; larger batches are cut and their gradients added up. 0: as many as <paramref name="ActivationBytes"/> hold.</param>
/// <param name="ActivationBytes">Memory for what a training pass keeps for its way back. A single sequence that needs more is computed a second time on the way back instead.</param>
/// <param name="KeepBFloat16">Keeps the matrices as bfloat16: half the memory and half the traffic of a draw, arithmetic still in single precision. Such a policy samples and scores; it cannot be trained or saved. Rounds a checkpoint of F32.</param>
/// <param name="Lora">Adapters to train instead of the weights; null trains the weights.</param>
public sealed record EngineOptions(
    int Threads = 0, long CacheBytes = 1L << 30, int TokensPerPass = 0, long ActivationBytes = 4L << 30,
    bool KeepBFloat16 = false, LoraOptions? Lora = null);
