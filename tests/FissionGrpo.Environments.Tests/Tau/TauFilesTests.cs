using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tests.Tau;

public sealed class TauFilesTests : IDisposable
{
    private readonly SmallTau _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void UnknownDomain_IsNamedWithTheKnownOnes() => Fails(() => TauDomain.Load(_world.Folder, "hotel"), "hotel", "retail, airline");

    [Fact]
    public void UnknownSplit_IsNamedWithTheExistingOnes() => Fails(() => _world.Retail.Tasks("train"), "train", "test");

    [Fact]
    public void MissingFile_IsNamed()
    {
        File.Delete(Path.Combine(_world.Folder, "retail/users.json"));

        Fails(() => _world.Retail, "users.json", "docs/tau.md");
    }

    [Theory]
    [InlineData("retail/orders.json", "{", "not valid JSON")]
    [InlineData("retail/orders.json", "[]", "one record per id")]
    [InlineData("retail/orders.json", """{"#W1": 5}""", "'#W1' is no object")]
    [InlineData("retail/orders.json", """{"#W1": {"user_id": "a", "status": "pending", "items": 5}}""", "'#W1' lacks")]
    [InlineData("retail/orders.json", """{"#W1": {"user_id": "a", "status": "x", "items": [], "payment_history": []}, "#W1": {"user_id": "a", "status": "x", "items": [], "payment_history": []}}""", "twice")]
    [InlineData("retail/tools.json", """[{"type": "function", "function": {"name": "fly"}}]""", "no tool 'fly'")]
    [InlineData("retail/tools.json", "[5]", "entry 0")]
    [InlineData("retail/rules.json", "{}", "list of texts")]
    public void WrongFile_IsReportedWhenItIsRead(string file, string content, string finding)
    {
        _world.Write(file, content);

        Fails(() => _world.Retail, Path.GetFileName(file), finding);
    }

    [Theory]
    [InlineData("{}", "list of tasks")]
    [InlineData("[{}]", "task 0")]
    [InlineData("""[{"instruction": "x", "user_id": "y", "actions": [{"name": 5}]}]""", "'name'")]
    [InlineData("""[{"instruction": "x", "user_id": "y", "actions": [], "outputs": [5]}]""", "'outputs'")]
    public void WrongTask_IsReported(string content, string finding)
    {
        _world.Write("retail/tasks_test.json", content);

        Fails(() => _world.Retail.Tasks("test"), "tasks_test.json", finding);
    }

    private static void Fails(Func<object> read, params string[] findings)
    {
        var error = Assert.Throws<UserErrorException>(read);
        foreach (var finding in findings)
            Assert.Contains(finding, error.Message, StringComparison.Ordinal);
    }
}
