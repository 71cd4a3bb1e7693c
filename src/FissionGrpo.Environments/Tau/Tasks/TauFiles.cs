using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau.Tools;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau.Tasks;

/// <summary>Reads the files of one domain, as its authors ship them, and says exactly what is wrong with them.</summary>
internal sealed class TauFiles(string folder)
{
    private readonly BenchmarkFolder _files = new(folder, "TAU-bench");

    public TauDomain ReadDomain(string name)
    {
        var retail = name == "retail";
        var tables = (retail ? RetailTools.TableNames : AirlineTools.TableNames)
            .Select(table => ReadTable(table, retail ? RetailShape(table) : AirlineShape(table)))
            .ToArray();
        var rules = _files.Read("rules.json", root => root.ValueKind is JsonValueKind.Array && root.EnumerateArray().All(IsText)
            ? root.EnumerateArray().Select(rule => rule.GetString()!).ToImmutableArray()
            : throw _files.Wrong("rules.json", "expected a list of texts"));
        return new TauDomain(name, folder, new Database(tables), _files.ReadText("wiki.md"), rules, _files.Read("tools.json", root => root.ValueKind is JsonValueKind.Array
            ? _files.Tools(root, "the list")
            : throw _files.Wrong("tools.json", "expected a list of function descriptions")));
    }

    public ImmutableArray<TauTask> ReadTasks(TauDomain domain, string split)
    {
        var file = $"tasks_{split}.json";
        return _files.Read(file, root =>
        {
            if (root.ValueKind is not JsonValueKind.Array)
                throw _files.Wrong(file, "expected a list of tasks");
            var index = 0;
            return root.EnumerateArray().Select(task => ReadTask(domain, task, split, index, $"{_files.PathOf(file)}: task {index++}")).ToImmutableArray();
        });
    }

    /// <param name="domain">The domain that the task belongs to.</param>
    /// <param name="task">The task as its authors wrote it.</param>
    /// <param name="split">The split it is counted with.</param>
    /// <param name="index">Its number there.</param>
    /// <param name="place">Where it was found, for error messages.</param>
    public static TauTask ReadTask(TauDomain domain, JsonElement task, string split, int index, string place)
    {
        if (task.ValueKind is not JsonValueKind.Object
            || !task.TryGetProperty("instruction", out var instruction) || !IsText(instruction)
            || !task.TryGetProperty("actions", out var actions) || actions.ValueKind is not JsonValueKind.Array
            || !task.TryGetProperty("user_id", out var user) || !IsText(user))
            throw new UserErrorException($"{place}: expected an object with a text 'instruction', a text 'user_id' and a list 'actions'.");
        var outputs = task.TryGetProperty("outputs", out var wanted) && wanted.ValueKind is JsonValueKind.Array ? wanted : default;
        return new TauTask(
            domain,
            split,
            index,
            user.GetString()!,
            instruction.GetString()!,
            [.. actions.EnumerateArray().Select(action => ReadAction(action, place))],
            outputs.ValueKind is JsonValueKind.Undefined ? [] : [.. outputs.EnumerateArray().Select(output => IsText(output) ? output.GetString()! : throw new UserErrorException($"{place}: expected 'outputs' to be texts."))]);
    }

    internal static ToolCall ReadAction(JsonElement action, string place)
    {
        if (action.ValueKind is not JsonValueKind.Object
            || !action.TryGetProperty("name", out var name) || !IsText(name)
            || !action.TryGetProperty("kwargs", out var kwargs) || kwargs.ValueKind is not JsonValueKind.Object)
            throw new UserErrorException($"{place}: expected every action to have a text 'name' and an object 'kwargs'.");
        return new ToolCall(name.GetString()!, [.. kwargs.EnumerateObject().Select(argument => new ToolArgument(argument.Name, argument.Value.Clone()))]);
    }

    private Table ReadTable(string table, Action<Value.Dict> shape) => _files.Read($"{table}.json", root =>
    {
        var file = $"{table}.json";
        if (root.ValueKind is not JsonValueKind.Object)
            throw _files.Wrong(file, "expected an object with one record per id");
        var records = new Dictionary<string, int>(StringComparer.Ordinal);
        var list = new List<Record>();
        foreach (var member in root.EnumerateObject())
        {
            if (JsonReading.ToValue(member.Value, intern: true) is not Value.Dict fields)
                throw _files.Wrong(file, $"the record '{member.Name}' is no object");
            try
            {
                shape(fields);
            }
            catch (PyException error)
            {
                throw _files.Wrong(file, $"the record '{member.Name}' lacks what the tools rely on ({error.Message})");
            }
            if (!records.TryAdd(member.Name, list.Count))
                throw _files.Wrong(file, $"the record '{member.Name}' is there twice");
            list.Add(new Record(fields));
        }
        return new Table(table, [.. records.Keys], [.. list]);
    });

    /// <summary>Touches what the tools rely on, so that a wrong file is reported when it is read and not in the middle of an episode.</summary>
    private static Action<Value.Dict> RetailShape(string table) => table switch
    {
        "orders" => order =>
        {
            Texts(order, "user_id", "status");
            Each(order, "items", item => Texts(item, "item_id", "product_id"), "price");
            Each(order, "payment_history", payment => Texts(payment, "transaction_type", "payment_method_id"), "amount");
        },
        "products" => product =>
        {
            Texts(product, "name", "product_id");
            foreach (var variant in Py.GetDict(product, "variants").Values)
            {
                Number(variant, "price");
                _ = Py.Get(variant, "available");
                _ = Py.Get(variant, "options");
            }
        },
        _ => user =>
        {
            Texts(user, "email");
            Texts(Py.Get(user, "name"), "first_name", "last_name");
            _ = Py.GetDict(user, "address");
            Methods(user, "balance");
        },
    };

    private static Action<Value.Dict> AirlineShape(string table) => table switch
    {
        "flights" => flight =>
        {
            Texts(flight, "flight_number", "origin", "destination", "scheduled_departure_time_est", "scheduled_arrival_time_est");
            foreach (var day in Py.GetDict(flight, "dates").Values)
                Texts(day, "status");
        },
        "reservations" => reservation =>
        {
            Texts(reservation, "user_id", "cabin");
            Each(reservation, "flights", flight => Texts(flight, "flight_number", "date"), "price");
            Each(reservation, "payment_history", payment => Texts(payment, "payment_id"), "amount");
            _ = Py.GetList(reservation, "passengers");
            Number(reservation, "nonfree_baggages");
        },
        _ => user =>
        {
            Methods(user, "amount");
            _ = Py.GetList(user, "reservations");
        },
    };

    private static void Methods(Value user, string balance)
    {
        foreach (var method in Py.GetDict(user, "payment_methods").Values)
        {
            Texts(method, "source");
            if (Py.AreEqual(Py.Get(method, "source"), "gift_card"))
                Number(method, balance);
        }
    }

    private static void Each(Value record, string list, Action<Value> texts, string number)
    {
        foreach (var item in Py.GetList(record, list).Items)
        {
            texts(item);
            Number(item, number);
        }
    }

    private static void Texts(Value record, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Py.Get(record, name) is not Value.Text)
                throw PyException.TypeError($"'{name}' is no text");
    }

    private static void Number(Value record, string name)
    {
        if (!Py.IsNumber(Py.Get(record, name)))
            throw PyException.TypeError($"'{name}' is no number");
    }

    private static bool IsText(JsonElement element) => element.ValueKind is JsonValueKind.String;
}
