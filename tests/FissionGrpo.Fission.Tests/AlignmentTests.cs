using FissionGrpo.Episodes;

namespace FissionGrpo.Fission.Tests;

public sealed class AlignmentTests
{
    private const FailureCategory A = FailureCategory.WrongValue;
    private const FailureCategory B = FailureCategory.UnmetPrecondition;

    [Fact]
    public void EverythingRight_IsPerfectAgreement()
    {
        var alignment = Alignment.Of([(A, A), (B, B), (A, A)])!;

        Assert.Equal((1.0, 1.0), (alignment.Agreement, alignment.Kappa));
    }

    [Fact]
    public void KappaOfATextbookTable_IsTheTextbooks()
    {
        // 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: agreement 0.7, by chance 0.5, kappa 0.4.
        var alignment = Alignment.Of(
        [
            .. Enumerable.Repeat((A, (FailureCategory?)A), 20), .. Enumerable.Repeat((A, (FailureCategory?)B), 5),
            .. Enumerable.Repeat((B, (FailureCategory?)A), 10), .. Enumerable.Repeat((B, (FailureCategory?)B), 15),
        ])!;

        Assert.Equal(0.7, alignment.Agreement, 1e-12);
        Assert.Equal(0.4, alignment.Kappa!.Value, 1e-12);
        Assert.Equal(0.8, alignment.Recall["wrong_value"], 1e-12);
        Assert.Equal(25, alignment.Occurrences["unmet_precondition"]);
    }

    [Fact]
    public void TextThatConveysNothing_IsNoAgreement() => Assert.Equal(0.5, Alignment.Of([(A, A), (B, null)])!.Agreement);

    [Fact]
    public void OneCategoryOnly_LeavesKappaOpen() => Assert.Null(Alignment.Of([(A, A), (A, A)])!.Kappa);

    [Fact]
    public void NothingToCompare_IsNull() => Assert.Null(Alignment.Of([]));
}
