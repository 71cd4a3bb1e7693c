using System.Text;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;
using FissionGrpo.Testing;

namespace FissionGrpo.Environments.Official;

/// <summary>Small sources of our own in the shape of the official ones.</summary>
public class OfficialSourcesTests
{
    [Fact]
    public void BfclConstants_ComeFromModuleConstantsTablesAndBranches()
    {
        var json = Make("bfcl", "env_constants.json", Bfcl);

        AssertJson(
            """
            {"long_context": {"NAMES": ["a", {"$ellipsis": true}], "TEXT": "it\u2019s long"},
             "default_state": {"MessageAPI": {"ids": {"$set": []}}, "TwitterAPI": {}, "TicketAPI": {"n": 1}, "TradingBot": {"orders": {"$map": [[7, {"price": 1.5}]]}}, "TravelAPI": {"budget": null}, "VehicleControlAPI": {"fuel": 0.0}},
             "tables": {"TravelAPI.flight_base_costs": {"$map": [[["AAA", "BBB"], 200]]}, "TravelAPI.exchange_rates": {"$map": [[["USD", "EUR"], 0.8]]},
              "TravelAPI.airport_by_city": {"Arden": "AAA"}, "TravelAPI.airports": ["AAA", "BBB"], "TradingBot.symbol_by_name": {"Acorn": "ACN"}, "TradingBot.sectors": {"Wood": ["ACN"]},
              "VehicleControlAPI.zipcode_by_city": {"Arden": "11111", "Brook": "22222"}, "VehicleControlAPI.distance_km": [["11111", "22222", 30.0], ["11111", "33333", 7.5]],
              "MathAPI.imperial_si": {"cm_to_in": 0.39}}}
            """,
            PyJson.Loads(json));
    }

    [Fact]
    public void BfclPrompt_IsPutTogetherFromTheDefaultFormat()
    {
        var prompts = (PyDict)PyJson.Loads(Make("bfcl", "prompt_strings.json", Bfcl)).Reference!;

        Assert.Equal("Be brief. Answer.\n\nWrite [f(x)]. \n\nStop.\n\nTools in json:\n{functions}\n", $"{prompts["prompting_system_prompt"]}");
        Assert.Equal("{functions}\nMore tools.", $"{prompts["additional_function_user_message_prompting"]}");
        Assert.Equal(" In Python.", $"{prompts["language_hint_suffix"]}");
    }

    [Fact]
    public void TauTasksAndTools_ComeFromRecordsAndGetInfo()
    {
        var files = Files(
            ("retail/tasks_test.py", "from x import Task, Action\n\nTASKS_TEST = [\n    Task(\n        annotator='3', user_id=\"ann\", instruction='You are \"Ann\".',\n        actions=[Action(name='look', kwargs={'id': '#1'})],\n    ),\n]\n"),
            ("retail/tools/__init__.py", "from .look import Look\nfrom .unused import Unused\n\nALL_TOOLS = [\n    Look,\n]\n"),
            ("retail/tools/look.py", "class Look(Tool):\n    @staticmethod\n    def invoke(data, id: str) -> str:\n        return data[id]\n\n    @staticmethod\n    def get_info() -> dict:\n        return {\n            'type': 'function',  # a tool\n            'function': {'name': 'look'},\n        }\n"),
            ("retail/rules.py", "rules = []\n"));

        Assert.Equal(
            """[{"task_index": 0, "user_id": "ann", "actions": [{"name": "look", "kwargs": {"id": "#1"}}], "instruction": "You are \"Ann\".", "outputs": []}]""",
            PyText.JsonDumps(PyJson.Loads(Make("tau", "retail/tasks_test.json", files))));
        Assert.Equal("""[{"type": "function", "function": {"name": "look"}}]""", PyText.JsonDumps(PyJson.Loads(Make("tau", "retail/tools.json", files))));
        Assert.Equal("[]", Make("tau", "retail/rules.json", files));
    }

    [Fact]
    public void TauTool_ThatIsNotThere_IsNamed()
    {
        var files = Files(("retail/tools/__init__.py", "from .look import Look\nALL_TOOLS = [Look]\n"));

        Assert.Contains("retail/tools/look.py", Assert.Throws<UserErrorException>(() => Make("tau", "retail/tools.json", files)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tau2Tools_ComeFromSignaturesDocstringsAndModels()
    {
        var read = (PyDict)PyJson.Loads(Make("tau2", "airline/tools.json", Tau2)).Reference!;

        Assert.Equal("""{"book": "write", "pay": "generic"}""", PyText.JsonDumps(read["assistant_tool_types"]));
        Assert.Equal("""{"book": true, "pay": true}""", PyText.JsonDumps(read["mutates_state"]));
        AssertJson(
            """
            [{"type": "function", "function": {"name": "book", "description": "Book a trip (one\n\nor more).\nChecks:\n    - it's free", "parameters":
             {"$defs": {"Colour": {"enum": ["red", "blue"], "title": "Colour", "type": "string"},
              "Seat": {"additionalProperties": false, "description": "A seat.", "properties": {"row_no": {"description": "Row: from 1.", "title": "Row No", "type": "integer"},
               "colour": {"$ref": "#/$defs/Colour", "default": "red"}, "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null, "title": "Note"}},
               "required": ["row_no"], "title": "Seat", "type": "object"}},
              "properties": {"trip_id": {"description": "The trip,\nsuch as 'a: b'.", "title": "Trip Id", "type": "string"},
               "seats": {"items": {"anyOf": [{"$ref": "#/$defs/Seat"}, {"additionalProperties": true, "type": "object"}]}, "title": "Seats", "type": "array"},
               "cabin": {"description": "Where to sit.", "enum": ["front", "back"], "title": "Cabin", "type": "string"},
               "limit": {"default": 12, "title": "Limit", "type": "integer"}},
              "required": ["trip_id", "seats", "cabin"], "title": "parameters", "type": "object"}}},
             {"type": "function", "function": {"name": "pay", "description": "pay", "parameters": {"properties": {}, "title": "parameters", "type": "object"}}}]
            """,
            read["assistant_tools"]);
    }

    [Fact]
    public void Tau2Database_HasTheModelsOrderAndDefaults()
    {
        Assert.Equal(
            """{"owners": [{"name": "Ann", "money": 3.0, "since": "2025-01-15 10:30:00", "until": null, "mood": "red", "seat": {"row_no": 4, "colour": "blue", "note": null}, "tags": ["a", "b"]}], "by_colour": {"red": 1, "blue": 2}}""",
            PyText.JsonDumps(PyJson.Loads(Make("tau2", "telecom/db.json", Tau2))));
    }

    [Theory]
    [InlineData("[[owners]]\nmoney = 1", "needs 'name'")]
    [InlineData("[[owners]]\nname = \"A\"\nsince = \"2025-01-15\"\nhat = 1", "has no 'hat'")]
    [InlineData("[[owners]]\nname = 3\nsince = \"2025-01-15\"", "Owner.name is 3, expected a text")]
    [InlineData("[[owners]]\nname = \"A\"\nsince = \"2025-01-15\"\nmood = \"green\"", "expected one of red, blue")]
    [InlineData("[[owners]\n", "line 1: Expected `]]`")]
    [InlineData("a = 1\na = 2\n", "line 2: the name 'a' is given twice")]
    [InlineData("a = 1\n[a]\nb = 1\n", "the name 'a' is given twice")]
    [InlineData("a = [1]\n[[a]]\nb = 1\n", "the name 'a' is given twice")]
    [InlineData("a = {b = 1, b = 2}\n", "the name 'b' is given twice")]
    [InlineData("a = \"\\UFFFFFFFF\"\n", "line 1: ")]
    [InlineData("a = \"\\\U0001F600\"\n", "Expected the official file")]
    [InlineData("a = [1, 2\n", "line 2: Unexpected end-of-file")]
    [InlineData("a = 9223372036854775808\n", "line 1: Unable to parse integer")]
    [InlineData("a = {b = 1}\n", "has no 'a'")]
    public void Tau2DatabaseThatIsNotAsExpected_IsExplained(string toml, string expected)
    {
        var files = new Dictionary<string, byte[]>(Tau2) { ["telecom/db.toml"] = Encoding.UTF8.GetBytes(toml) };

        Assert.Contains(expected, Assert.Throws<UserErrorException>(() => Make("tau2", "telecom/db.json", files)).Message, StringComparison.Ordinal);
    }

    /// <summary>What pydantic makes of a field, or refuses.</summary>
    [Theory]
    [InlineData("x = \"a\"", "x: int | str", """{"x": "a"}""")]
    [InlineData("x = 1.5", "x: int | str", "x is 1.5, expected a whole number")]
    [InlineData("x = 1", "x: None | None", "x is 1, expected None")]
    [InlineData("x = 2025-01-15", "x: datetime.date", """{"x": "2025-01-15"}""")]
    [InlineData("x = 2025-01-15T10:30:00.5", "x: datetime.datetime", """{"x": "2025-01-15 10:30:00.500000"}""")]
    [InlineData("x = \"2025-01-15\"", "x: datetime.datetime", """{"x": "2025-01-15 00:00:00"}""")]
    [InlineData("x = \"2025-02-30\"", "x: datetime.date", "expected a date")]
    [InlineData("x = \"soon\"", "x: datetime.datetime", "expected a time")]
    [InlineData("", "_seen: int = 1\n    kind: ClassVar[str] = 'a'\n    model_config = 3\n    x: int = 2", """{"x": 2}""")]
    [InlineData("x = \"a\u2028b\"", "x: str", "{\"x\": \"a\\u2028b\"}")]
    public void Field_IsWhatTheModelMakesOfIt(string toml, string fields, string expected)
    {
        var files = Files(("telecom/db.toml", toml), ("telecom/data_model.py", $"class TelecomDB(DB):\n    {fields}\n"));

        if (expected[0] == '{')
            Assert.Equal(expected, PyText.JsonDumps(PyJson.Loads(Make("tau2", "telecom/db.json", files))));
        else
            Assert.Contains(expected, Assert.Throws<UserErrorException>(() => Make("tau2", "telecom/db.json", files)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FieldOfTwoBases_IsThatOfTheFirst()
    {
        var models = "class A(DB):\n    a: int = 1\n    both: str = 'A'\nclass B(DB):\n    b: int = 2\n    both: str = 'B'\nclass TelecomDB(\n    A,  # before B, as in Python\n    B,\n):\n    x: int = 3\n";

        Assert.Equal(
            """{"b": 2, "both": "A", "a": 1, "x": 3}""",
            PyText.JsonDumps(PyJson.Loads(Make("tau2", "telecom/db.json", Files(("telecom/db.toml", ""), ("telecom/data_model.py", models))))));
    }

    [Fact]
    public void CommentsBetweenParametersAndTools_AreNoParametersAndTools()
    {
        var tools = "class AirlineTools:\n    @is_tool(ToolType.READ)\n    def f(\n        self,\n        a: int,  # the first, of all\n        b: str = '#',\n        # c: int,\n    ): pass\n";
        var read = (PyDict)PyJson.Loads(Make("tau2", "airline/tools.json", Files(("airline/tools.py", tools), ("airline/data_model.py", "")))).Reference!;
        var listed = Make("tau", "retail/tools.json", Files(
            ("retail/tools/__init__.py", "from .look import Look\nALL_TOOLS = [\n    Look,  # see\n    # Gone,\n]\n"),
            ("retail/tools/look.py", "class Look(Tool):\n    def get_info():\n        return {}\n")));

        Assert.Contains("""{"a": {"title": "A", "type": "integer"}, "b": {"default": "#", "title": "B", "type": "string"}}""", PyText.JsonDumps(read["assistant_tools"]), StringComparison.Ordinal);
        Assert.Equal("[{}]", PyText.JsonDumps(PyJson.Loads(listed)));
    }

    /// <summary>Each would have been read as less than it says.</summary>
    [Theory]
    [InlineData("tau", "retail/tasks_test.json", "retail/tasks_test.py", "TASKS_TEST = [1]\nTASKS_TEST += [2]\n", "line 2: 'TASKS_TEST' is changed here")]
    [InlineData("tau", "retail/tasks_test.json", "retail/tasks_test.py", "TASKS_TEST = [1]\nTASKS_TEST.append(2)\n", "line 2: 'TASKS_TEST' is changed here")]
    [InlineData("tau", "retail/tasks_test.json", "retail/tasks_test.py", "TASKS_TEST = [Task(user_id='a', instruction='b', action=[])]\n", "'actions'")]
    [InlineData("tau", "retail/tasks_test.json", "retail/tasks_test.py", "TASKS_TEST = [Task(user_id='a', instruction='b', actions='c')]\n", "TASKS_TEST[0].actions is no list")]
    [InlineData("tau2", "airline/tools.json", "airline/tools.py", "class AirlineTools:\n    @is_tool(ToolType.READ)\n    async def f(self): pass\n    def g(self): pass\n", "line 3: expected the method")]
    public void SourceThatSaysMoreThanIsRead_IsRefused(string benchmark, string path, string file, string source, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => Make(benchmark, path, Files((file, source), ("airline/data_model.py", ""))));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SourceThatIsNotUtf8_IsRefusedWithItsPlace()
    {
        var files = new Dictionary<string, byte[]> { ["retail/rules.py"] = [.. "rules = ['caf"u8, 0xE9, .. "']\n"u8] };

        Assert.Contains("retail/rules.py: byte 14 is not UTF-8", Assert.Throws<UserErrorException>(() => Make("tau", "retail/rules.json", files)).Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever is cut off or out of a source, it is read or explained.</summary>
    [Theory]
    [InlineData("bfcl", "env_constants.json")]
    [InlineData("bfcl", "prompt_strings.json")]
    [InlineData("tau2", "airline/tools.json")]
    [InlineData("tau2", "telecom/db.json")]
    public void DamagedSource_IsReadOrExplained(string benchmark, string path)
    {
        var files = benchmark == "bfcl" ? Bfcl : Tau2;
        var recipe = OfficialSources.Of(benchmark).Single(d => d.Path == path);
        foreach (var source in recipe.Sources.Select(s => s.TrimEnd('?')))
            for (var at = 0; at < files[source].Length; at += 3)
                foreach (var damaged in new[] { files[source][..at], [.. files[source][..at], .. files[source][(at + 1)..]], [.. files[source][..at], (byte)'(', .. files[source][at..]] })
                {
                    try
                    {
                        recipe.Write(new Dictionary<string, byte[]>(files) { [source] = damaged });
                    }
                    catch (UserErrorException)
                    {
                        // told to the user
                    }
                }
    }

    /// <summary>Names that refer to each other would be read for ever, or written out to more than any disk holds.</summary>
    [Theory]
    [InlineData("class TelecomDB(TelecomDB2):\n    a: int = 1\nclass TelecomDB2(TelecomDB):\n    b: int = 1\n")]
    [InlineData("class TelecomDB(DB):\n    a: A = Field(default_factory=A)\nclass A(DB):\n    a: A = Field(default_factory=A)\n")]
    [InlineData("A = A\nclass TelecomDB(DB):\n    x: A\n")]
    [InlineData("A = List[A]\nclass TelecomDB(DB):\n    x: A | A\n")]
    public void ModelsWithoutEnd_AreRefused(string models)
    {
        var files = Files(("telecom/db.toml", "x = 1"), ("telecom/data_model.py", models), ("airline/data_model.py", models), ("airline/tools.py", "class AirlineTools:\n    @is_tool()\n    def f(self, a: A, t: TelecomDB):\n        pass\n"));

        Assert.Throws<UserErrorException>(() => Make("tau2", "telecom/db.json", files));
        Assert.True(Record.Exception(() => Make("tau2", "airline/tools.json", files)) is null or UserErrorException);
    }

    [Fact]
    public void ModelsThatDouble_EndAtTheBound()
    {
        var models = "class M0(DB):\n    z: int = 1\nclass TelecomDB(M59, M59):\n    x: int = 1\n"
            + string.Concat(Enumerable.Range(1, 59).Select(i => $"class M{i}(M{i - 1}, M{i - 1}):\n    a{i}: M{i - 1} = Field(default_factory=M{i - 1})\n    b{i}: M{i - 1} = Field(default_factory=M{i - 1})\n"));

        Assert.Throws<UserErrorException>(() => Make("tau2", "telecom/db.json", Files(("telecom/db.toml", "x = 1"), ("telecom/data_model.py", models))));
    }

    [Theory]
    [InlineData(60, "[A{0}, A{0}]")]
    [InlineData(30_000, "[A{0}]")]
    [InlineData(60, "A{0} + A{0}")]
    public void ConstantsThatGrow_EndAtTheBound(int count, string pattern)
    {
        var source = "A0 = 'xxxxxxxxxxxxxxxx'\n" + string.Concat(Enumerable.Range(1, count).Select(i => $"A{i} = {pattern.Replace("{0}", $"{i - 1}", StringComparison.Ordinal)}\n"));
        var files = new Dictionary<string, byte[]>(Bfcl) { ["func_source_code/long_context.py"] = Encoding.UTF8.GetBytes(source) };

        Assert.Throws<UserErrorException>(() => Make("bfcl", "env_constants.json", files));
    }

    [Fact]
    public void GiantSource_IsNotRead()
    {
        var files = new Dictionary<string, byte[]>(Bfcl) { ["func_source_code/long_context.py"] = new byte[3 << 20] };

        Assert.Contains("larger than 2 MiB", Assert.Throws<UserErrorException>(() => Make("bfcl", "env_constants.json", files)).Message, StringComparison.Ordinal);
    }

    /// <summary>The values of the reference material, written down as Python, are read back as the very same bytes.</summary>
    [SkippableFact]
    public void OfficialTasksAndTools_SurviveTheWayThroughPython()
    {
        foreach (var (domain, split) in new[] { ("retail", "test"), ("retail", "train"), ("retail", "dev"), ("airline", "test") })
        {
            var expected = File.ReadAllText(Path.Combine(SharedMaterial.Path("tau/data"), domain, $"tasks_{split}.json"));
            var source = new StringBuilder("TASKS = [\n");
            foreach (var item in ((PyList)PyJson.Loads(expected).Reference!).Items)
            {
                var task = (PyDict)item.Reference!;
                source.Append($"    Task(annotator='0', user_id={PyText.Repr(task["user_id"])}, instruction={PyText.Repr(task["instruction"])}, outputs={PyText.Repr(task["outputs"])}, actions=[\n");
                foreach (var action in ((PyList)task["actions"].Reference!).Items)
                    source.Append($"        Action(name={PyText.Repr(((PyDict)action.Reference!)["name"])}, kwargs={PyText.Repr(((PyDict)action.Reference!)["kwargs"])}),\n");
                source.Append("    ]),\n");
            }

            Assert.Equal(expected, Make("tau", $"{domain}/tasks_{split}.json", Files(($"{domain}/tasks_{split}.py", source.Append("]\n").ToString()))));
        }
    }

    private static void AssertJson(string expected, PyValue actual) => Assert.Equal(PyText.JsonDumps(PyJson.Loads(expected)), PyText.JsonDumps(actual));

    private static string Make(string benchmark, string path, IReadOnlyDictionary<string, byte[]> files) => OfficialSources.Of(benchmark).Single(d => d.Path == path).Write(files);

    private static Dictionary<string, byte[]> Files(params (string Path, string Text)[] files) => files.ToDictionary(f => f.Path, f => Encoding.UTF8.GetBytes(f.Text));

    private static Dictionary<string, byte[]> Bfcl { get; } = Files(
        ("func_source_code/long_context.py", "NAMES = ['a', ...]\nTEXT=\"it’s long\"\n"),
        ("func_source_code/message_api.py", "DEFAULT_STATE = {\"ids\": set()}\n"),
        ("func_source_code/posting_api.py", "DEFAULT_STATE = {}\n"),
        ("func_source_code/ticket_api.py", "DEFAULT_STATE = {\n    'n': 1,\n}\n"),
        ("func_source_code/trading_bot.py", "DEFAULT_STATE = {'orders': {7: {'price': 1.50}}}\nclass TradingBot:\n    def get_symbol_by_name(self, name):\n        symbol_map = {'Acorn': 'ACN'}\n        return symbol_map\n    def get_available_stocks(self, sector):\n        sector_map = {'Wood': ['ACN']}\n        if self.long:\n            sector_map['Wood'].extend(MORE)\n        return sector_map\n"),
        ("func_source_code/travel_booking.py", "DEFAULT_STATE = {'budget': None}\nclass TravelAPI:\n    def get_flight_cost(self, a):\n        base_costs: Dict[Tuple[str, str], int] = {('AAA', 'BBB'): 200}\n    def compute_exchange_rate(self):\n        exchange_rates = {('USD', 'EUR'): 0.8}\n    def get_nearest_airport_by_city(self, c):\n        airport_map = {'Arden': 'AAA'}\n    def list_all_airports(self):\n        return ['AAA', 'BBB']\n"),
        ("func_source_code/vehicle_control.py", """
            DEFAULT_STATE = {'fuel': 0.0}
            class VehicleControlAPI:
                def estimate_distance(self, cityA: str, cityB: str):
                    if (cityA == "33333" and cityB == "11111") or (
                        cityA == "11111" and cityB == "33333"
                    ):
                        distance = {"distance": 7.5}
                    elif (cityA == "22222" and cityB == "11111"):
                        distance = {"distance": 30.0}
                    else:
                        distance = {"error": "no"}
                    if self.long_context:
                        distance["cities"] = CITIES
                    return distance
                def get_zipcode_based_on_city(self, city):
                    if city == "Arden":
                        return {"zipcode": "11111"}
                    elif city == "Brook":
                        return {"zipcode": "22222"}
                    else:
                        return {"zipcode": "00000"}
            """),
        ("func_source_code/math_api.py", "class MathAPI:\n    def imperial_si_conversion(self, value):\n        conversion = {'cm_to_in': 0.39, 'fahrenheit_to_celsius': 5 / 9}\n"),
        ("constants/default_prompts.py", """
            MAXIMUM_STEP_LIMIT = 20
            OUTPUT_FORMAT_MAPPING = {"python": "[f(x)]", "json": "{}"}
            PARAM_TYPE_MAPPING = {"python": "", "json": "none"}
            PROMPT_STYLE_TEMPLATES = {
                "classic": {
                    "persona": "Be brief.", "task": " Answer.", "tool_call_no_tag": "Write {output_format}. {param_types}",
                    "tool_call_with_tag": "no", "multiturn_behavior": "Stop.", "available_tools": "Tools in {format}:\n{functions}\n",
                },
            }
            _PLAIN = (
                "{persona}{task}\n\n{tool_call_format}\n\n{multiturn_behavior}\n\n{available_tools}"
            )
            PROMPT_TEMPLATE_MAPPING = {"plaintext": _PLAIN, "markdown": ""}
            DEFAULT_SYSTEM_PROMPT_FORMAT = "ret_fmt=python&tool_call_tag=False&func_doc_fmt=json&prompt_fmt=plaintext&style=classic"
            DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_FC = (
                "More tools."
            )
            DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_PROMPTING = (
                "{functions}\n" + DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_FC
            )
            """),
        ("bfcl_eval/utils.py", "def _get_language_specific_hint(c):\n    if is_java(c):\n        return \" In Java.\"\n    else:\n        return \" In Python.\"\n"),
        ("model_handler/utils.py", "x = 1\n"));

    private static Dictionary<string, byte[]> Tau2 { get; } = Files(
        ("airline/tools.py", """"
            class AirlineTools(ToolKitBase):  # Tools
                """All tools."""

                def helper(self, x: int) -> int:
                    """Not a tool."""
                    return x

                @is_tool(ToolType.WRITE)
                def book(
                    self,
                    trip_id: str,
                    seats: List[Seat | dict],
                    cabin: Cabin,
                    limit: int = 12,
                ) -> Trip:  # done
                    """Book a trip (one
                    or more).
                    Checks:
                        - it's free

                    Args:
                        trip_id: The trip,
                                 such as 'a: b'.
                        cabin (str): Where to sit.

                    Returns:
                        Trip: The trip.

                    Raises:
                        ValueError: If it's full.
                    """
                    return f"{trip_id}: ["

                # @is_tool(ToolType.READ)
                # def gone(self): pass

                @is_tool(ToolType.GENERIC, mutates_state=True)
                def pay(self) -> str:
                    return ""
            """"),
        ("airline/data_model.py", Models),
        ("telecom/data_model.py", Models),
        ("telecom/db.toml", "# comment\n[[owners]]\nname = \"Ann\" # who\nmoney = 3\nsince = \"2025-01-15T10:30:00\"\ntags = [\n  \"a\", 'b',\n]\n[owners.seat]\nrow_no = 4\ncolour = \"blue\"\n"));

    private const string Models = """"
        Cabin = Annotated[Literal["front", "back"], Field(description="unused")]

        class Colour(str, Enum):
            RED = "red"
            BLUE = "blue"  # cold

        class Seat(BaseModelNoExtra):
            """A seat."""

            row_no: int = Field(description="Row: from 1.")
            colour: Colour = Colour.RED
            note: str | None = Field(default=None, validate_default=True)

            def is_free(self) -> bool:
                return True

        class Named(BaseModel):
            name: str

        class Owner(Named):
            money: float = Field(0.0, description="It's money.")
            since: datetime.datetime
            until: Optional[datetime.date] = None
            mood: Colour = Field(Colour.RED)
            seat: Seat = Field(default_factory=lambda: Seat(row_no=1))
            tags: List[str] = Field(default_factory=list)

        class TelecomDB(DB):
            owners: List[Owner] = Field(default_factory=list, description="All")
            by_colour: dict[Colour, int] = Field(default_factory=lambda: {Colour.RED: 1, Colour.BLUE: 2})
        """";
}
