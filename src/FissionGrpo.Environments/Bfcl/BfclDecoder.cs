using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>From recorded answers to calls.</summary>
internal static class BfclDecoder
{
    /// <summary>The calls of an answer, or the error that decoding raises.</summary>
    public static BfclStep Decode(BfclHandler handler, string answer)
    {
        try
        {
            return new BfclStep(handler == BfclHandler.QwenFunctionCalling ? QwenHandler.Decode(answer) : PromptingDecoder.Decode(answer), null);
        }
        catch (PyException e)
        {
            return new BfclStep([], e.Type);
        }
    }

    /// <summary>Nothing to execute: no call, or one of no length.</summary>
    public static bool IsEmpty(BfclStep step) => step.Calls is [] or [""];
}
