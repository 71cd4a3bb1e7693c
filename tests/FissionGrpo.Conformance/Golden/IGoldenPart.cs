namespace FissionGrpo.Conformance.Golden;

/// <summary>One kind of recording inside a golden folder.</summary>
internal interface IGoldenPart
{
    /// <summary>Whether a folder holds recordings of this kind.</summary>
    bool Recognises(string folder);

    /// <summary>Checks them.</summary>
    void Check(string folder, Verdicts verdicts);
}
