using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Tests.Python;

public sealed class PyTextTests
{
    [Theory]
    [InlineData(1e16, "1e+16")]
    [InlineData(123456789012345.0, "123456789012345.0")]
    [InlineData(1234567890123456.0, "1234567890123456.0")]
    [InlineData(1e15, "1000000000000000.0")]
    [InlineData(1e-5, "1e-05")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.1, "0.1")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1.5e300, "1.5e+300")]
    [InlineData(2.5, "2.5")]
    [InlineData(double.PositiveInfinity, "inf")]
    public void Float_IsWrittenAsPythonDoes(double value, string expected) => Assert.Equal(expected, PyText.Repr(value));

    [Theory]
    [InlineData("a'b", "\"a'b\"")]
    [InlineData("a'\"b", "'a\\'\"b'")]
    [InlineData("tab\there\n", "'tab\\there\\n'")]
    [InlineData("é\u00a0\u200b😀", "'é\\xa0\\u200b😀'")]
    public void String_IsQuotedAsPythonDoes(string value, string expected) => Assert.Equal(expected, PyText.Repr(value));

    [Fact]
    public void Json_IsAsciiWithBlanksAfterSeparators()
    {
        var value = PyJson.Loads("""{"a": [1, 1.0, null, true], "é😀": "\u007f\"\\"}""");

        Assert.Equal("""{"a": [1, 1.0, null, true], "\u00e9\ud83d\ude00": "\u007f\"\\"}""", PyText.JsonDumps(value));
        Assert.Equal("""{'a': [1, 1.0, None, True], 'é😀': '\x7f"\\'}""", PyText.Repr(value));
    }

    [Theory]
    [InlineData(0.125, 2, "0.12")]
    [InlineData(0.375, 2, "0.38")]
    [InlineData(2.675, 2, "2.67")]
    [InlineData(-1.5, 0, "-2")]
    [InlineData(1e22, 1, "10000000000000000000000.0")]
    public void FixedFormat_TiesGoToEven(double value, int decimals, string expected) => Assert.Equal(expected, PyFloat.Fixed(value, decimals));

    [Theory]
    [InlineData(15, -1, 20)]
    [InlineData(25, -1, 20)]
    [InlineData(-35, -1, -40)]
    public void RoundOfInt_GoesToEven(int value, int digits, int expected) =>
        Assert.Equal(expected, (int)PyNumber.Round(value, digits).SmallInt);

    [Fact]
    public void CyclicList_IsWrittenOnce()
    {
        var list = new PyList([1]);
        list.Add(list);

        Assert.Equal("[1, [...]]", PyText.Repr(list));
        Assert.Equal("Circular reference detected", Assert.Throws<PyException>(() => PyText.JsonDumps(list)).Message);
    }

    [Fact]
    public void RandomStreams_GiveTheOfficialFirstValues()
    {
        Assert.Equal(67410, PyRandom.Create(200191).NextInt(10000, 99999));
        Assert.Equal(262919693687, PyRandom.Create(141053).NextInt(100000000000, 999999999999));
        Assert.Equal(36.63485703790535, PyRandom.Create(141053).NextUniform(-10, 40));
    }

    [Fact]
    public void NumbersOfDifferentTypes_AreOneKey()
    {
        var dict = new PyDict { [1] = "int", [1.0] = "float", [true] = "bool" };

        Assert.Equal("{1: 'bool'}", PyText.Repr(dict));
    }

    [Fact]
    public void ManyKeys_StayInOrderAndAreFoundAfterRemoval()
    {
        var dict = new PyDict();
        for (var i = 0; i < 100; i++)
            dict[$"k{i}"] = i;
        for (var i = 0; i < 100; i += 3)
            dict.Remove($"k{i}");

        Assert.Equal(66, dict.Count);
        for (var i = 0; i < 100; i++)
            Assert.Equal(i % 3 != 0, dict.ContainsKey($"k{i}"));
        Assert.Equal("k1", dict.Keys[0].ToString());
    }
}
