using FissionGrpo.Environments.Bfcl;

namespace FissionGrpo.Environments.Tests.Bfcl;

/// <summary>Calls written as Python beyond plain literals: what the official executor answers.</summary>
public sealed class PythonCallTests
{
    [Theory]
    [InlineData("\fpwd()", """{"current_working_directory": "/home"}""")]
    [InlineData("\t\fpwd()\t", """{"current_working_directory": "/home"}""")]
    [InlineData("cd(*5)", "Error during execution: bfcl_eval.eval_checker.multi_turn_eval.func_source_code.gorilla_file_system.GorillaFileSystem.cd() argument after * must be an iterable, not int")]
    [InlineData("mention(**[])", "Error during execution: bfcl_eval.eval_checker.multi_turn_eval.func_source_code.posting_api.TwitterAPI.mention() argument after ** must be a mapping, not list")]
    [InlineData("mean(**{'numbers': [1]}, numbers=[2])", "Error during execution: bfcl_eval.eval_checker.multi_turn_eval.func_source_code.math_api.MathAPI.mean() got multiple values for keyword argument 'numbers'")]
    [InlineData("len(**1)", "Error during execution: len() argument after ** must be a mapping, not int")]
    [InlineData("'a'.strip(*1)", "Error during execution: str.strip() argument after * must be an iterable, not int")]
    [InlineData("add_contact(user_name={'a': 1}.keys())", "Error during execution: unhashable type: 'dict_keys'")]
    [InlineData("{{}: 0, 'k': [][1]}", "Error during execution: list index out of range")]
    [InlineData("mkdir(b'n')", "Error during execution: a bytes-like object is required, not 'str'")]
    [InlineData("cd(b'n')", "Error during execution: a bytes-like object is required, not 'str'")]
    [InlineData("add(b'x', b'y')", "{'result': b'xy'}")]
    [InlineData("lockDoors(True, b'a')", "Error during execution: 97")]
    [InlineData("{b'x': 1}[b'x']", "1")]
    [InlineData("search_tweets(b'h')", "Error during execution: 'in <string>' requires string as left operand, not bytes")]
    [InlineData("x(b'é' 1)", "Error during execution: bytes can only contain ASCII literal characters (<string>, line 1)")]
    [InlineData("subtract(a=.5, b=1j)", "{'result': (0.5-1j)}")]
    [InlineData("divide(2.5j, 50)", "{'result': 0.05j}")]
    [InlineData("power(1j, True)", "{'result': 1j}")]
    [InlineData("power(2+1j, -2)", "{'result': (0.12-0.16j)}")]
    [InlineData("book_flight('t', 'c1', None, 'AAA', 'BBB', 'first')", "Error during execution: strptime() argument 1 must be str, not None")]
    [InlineData("square_root(2, 1 << 70)", "Error during execution: Python int too large to convert to C ssize_t")]
    [InlineData("display_log(messages=[Ellipsis])", "{'log': [Ellipsis]}")]
    [InlineData("print(1, word='x')", "Error during execution: 'word' is an invalid keyword argument for print()")]
    public void Expression_IsAnsweredAsByTheOriginal(string call, string expected) => Assert.Equal(expected, SmallBfcl.World().ExecuteToText(call));

    [Fact]
    public void NameInAMessage_IsCutAtTwoHundredBytes() =>
        Assert.Equal($"Error during execution: name '{new string('n', 200)}' is not defined", SmallBfcl.World().ExecuteToText(new string('n', 230)));

    [Fact]
    public void EntryCalledDot_IsTheDirectoryItself()
    {
        var world = SmallBfcl.World();

        Assert.Equal("None", world.ExecuteToText("touch('.')"));

        Assert.Equal("""{"error": "cat: '.': Is a directory"}""", world.ExecuteToText("cat('.')"));
        Assert.Equal("""{"error": "wc: .: No such file or directory"}""", world.ExecuteToText("wc('.')"));
        Assert.Equal("""{"error": "rmdir: cannot remove '.': Directory not empty"}""", world.ExecuteToText("rmdir('.')"));
        Assert.Equal("Error during execution: 'Directory' object has no attribute '_write'", world.ExecuteToText("echo('x', '.')"));
        Assert.Equal("""{"result": "'.' removed"}""", world.ExecuteToText("rm('.')"));
    }
}
