namespace FissionGrpo.Fission.Tests;

public sealed class ShownErrorTests
{
    [Theory]
    [InlineData("No such file: a.", "wrong value", "No such file: a.\nwrong value")]
    [InlineData("No such file: a. ", "No such file: a. wrong value", "No such file: a. \nwrong value")]
    [InlineData("{\"error\": \"Not logged in.\"}", "{\"error\": \"Not logged in. unmet precondition\"}", "{\"error\": \"Not logged in.\"}\nunmet precondition")]
    [InlineData("{\"error\": \"Not logged in.\"}", "{\"error\": \"other words\"}", "{\"error\": \"Not logged in.\"}\n{\"error\": \"other words\"}")]
    [InlineData("{\"error\": \"Not logged in.\"}", "{\"error\": \"Not logged in.\"}", "{\"error\": \"Not logged in.\"}")]
    [InlineData("No such file: a", "No such file: abc was meant", "No such file: a\nNo such file: abc was meant")]
    [InlineData("No such file: a", "No such file: a; try b", "No such file: a\n; try b")]
    [InlineData("{\"error\": 1}", "{\"error\": 1} wrong type", "{\"error\": 1}\nwrong type")]
    public void Append_KeepsTheMessageToTheLetterAndAddsWhatIsNew(string message, string diagnostic, string shown)
    {
        Assert.Equal(shown, ShownError.Of(DiagnosticPlacement.Append, message, diagnostic));
        Assert.Equal(diagnostic, ShownError.Of(DiagnosticPlacement.Replace, message, diagnostic));
    }
}
