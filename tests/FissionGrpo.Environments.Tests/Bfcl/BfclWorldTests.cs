using System.Text.Json;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tests.Bfcl;

public sealed class BfclWorldTests
{
    private const string Files = """
        {"GorillaFileSystem": {"root": {"home": {"type": "directory", "contents": {
            "notes.txt": {"type": "file", "content": "one\ntwo"}, "docs": {"type": "directory", "contents": {}}}}}}}
        """;

    internal static BfclWorld World(string config, params string[] classes)
    {
        using var document = JsonDocument.Parse(config);
        return BfclWorld.Create(BfclConstants.Empty, classes, document.RootElement);
    }

    private static BfclWorld FileWorld() => World(Files, "GorillaFileSystem");

    [Fact]
    public void FailedCall_IsAValueThatSaysWhy()
    {
        var world = FileWorld();

        Assert.Equal(
            new ToolResult.Failed(ToolErrorKind.Rejected, """{"error": "cat: 'x': No such file or directory"}"""),
            world.Execute(ToolCall.Of("cat", ("file_name", "x"))));
        Assert.Equal(
            new ToolResult.Failed(ToolErrorKind.InvalidArguments, "Error during execution: GorillaFileSystem.cat() got an unexpected keyword argument 'name'"),
            world.Execute(ToolCall.Of("cat", ("name", "x"))));
        Assert.Equal(
            new ToolResult.Failed(ToolErrorKind.UnknownTool, "Error during execution: name 'dog' is not defined"),
            world.Execute(ToolCall.Of("dog")));
    }

    [Fact]
    public void MovedDirectory_KeepsItsChildrensOldParent()
    {
        var world = FileWorld();
        foreach (var (name, folder) in new[] { ("cd", "docs"), ("mkdir", "inner"), ("cd", "..") })
            world.Execute(ToolCall.Of(name, (name == "mkdir" ? "dir_name" : "folder", folder)));

        world.Execute(ToolCall.Of("mv", ("source", "docs"), ("destination", "papers")));
        foreach (var folder in new[] { "papers", "inner", ".." })
            world.Execute(ToolCall.Of("cd", ("folder", folder)));

        Assert.Equal("""{"current_working_directory": "/home/docs"}""", world.Execute(ToolCall.Of("pwd")).Text);
    }

    [Fact]
    public void Fork_DoesNotSeeWhatTheOtherDoes()
    {
        var world = FileWorld();
        var before = world.Digest();
        var fork = world.Fork();

        world.Execute(ToolCall.Of("rm", ("file_name", "notes.txt")));
        fork.Execute(ToolCall.Of("touch", ("file_name", "new.txt")));

        Assert.Equal("""{"current_directory_content": ["docs"]}""", world.Execute(ToolCall.Of("ls")).Text);
        Assert.Equal("""{"current_directory_content": ["notes.txt", "docs", "new.txt"]}""", fork.Execute(ToolCall.Of("ls")).Text);
        Assert.NotEqual(before, world.Digest());
        Assert.False(world.StateEquals(fork));
    }

    [Fact]
    public void SameStateReachedInAnotherOrder_HasTheSameDigest()
    {
        var (a, b) = (FileWorld(), FileWorld());

        a.Execute(ToolCall.Of("touch", ("file_name", "x")));
        a.Execute(ToolCall.Of("touch", ("file_name", "y")));
        b.Execute(ToolCall.Of("touch", ("file_name", "y")));
        b.Execute(ToolCall.Of("touch", ("file_name", "x")));

        Assert.Equal(a.Digest(), b.Digest());
        Assert.True(a.StateEquals(b));
    }

    [Fact]
    public void UnknownClass_IsTheUsersError()
    {
        var error = Assert.Throws<UserErrorException>(() => World("{}", "TimeMachine"));

        Assert.Contains("TimeMachine", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EngineNeedsLockedDoorsAndAPressedPedal()
    {
        var car = World("{}", "VehicleControlAPI");

        Assert.Contains("All doors must be locked", car.Execute(ToolCall.Of("startEngine", ("ignitionMode", "START"))).Text, StringComparison.Ordinal);
        car.Execute(ToolCall.Of("lockDoors", ("unlock", false), ("door", new[] { "driver", "passenger", "rear_left", "rear_right" })));
        car.Execute(ToolCall.Of("pressBrakePedal", ("pedalPosition", 1)));

        Assert.Equal(
            new ToolResult.Ok("""{"engineState": "running", "fuelLevel": 0.0, "batteryVoltage": 12.6}"""),
            car.Execute(ToolCall.Of("startEngine", ("ignitionMode", "START"))));
    }
}
