using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;

namespace FissionGrpo.Environments.Tau2.Tools;

/// <summary>The agent's tools in retail: what looks up, and addresses.</summary>
internal sealed partial class RetailTools
{
    public const int Orders = 0;
    public const int Products = 1;
    public const int Users = 2;

    public static readonly (string Name, Model Shape)[] Tables =
    [
        ("orders", RetailShapes.Order), ("products", RetailShapes.Product), ("users", RetailShapes.User),
    ];

    private static readonly string[] AddressFields = ["address1", "address2", "city", "state", "country", "zip"];

    private readonly Database _database;
    private readonly Lazy<string> _productTypes;
    private readonly Lazy<Dictionary<string, string>> _itemJson;
    private readonly Lazy<Dictionary<string, string>> _userByEmail;
    private readonly Lazy<Dictionary<string, List<(string Id, string LastName)>>> _usersByFirstName;

    private RetailTools(Database database)
    {
        _database = database;
        _productTypes = new(ListProductTypes);
        _itemJson = new(() => database.Tables[Products].Records
            .SelectMany(product => Variants(product.Fields))
            .GroupBy(variant => variant.Id, variant => variant.Json, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal));
        _userByEmail = new(() => GroupUsers("email").ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal));
        _usersByFirstName = new(() => GroupUsers("name", "first_name").ToDictionary(
            group => group.Key,
            group => group.Select(id => (id, Py.Lower(Py.Get(Py.Get(database.Tables[Users].Find(id)!.Fields, "name"), "last_name")))).ToList(),
            StringComparer.Ordinal));
    }

    public static Toolkit Of(Database database)
    {
        var tools = new RetailTools(database);
        return Toolkit.Of(
            "RetailTools",
            [
                new("calculate", ["expression"], Tau2Common.Calculate),
                new("cancel_pending_order", ["order_id", "reason"], CancelPendingOrder),
                new("exchange_delivered_order_items", ["order_id", "item_ids", "new_item_ids", "payment_method_id"], ExchangeDeliveredOrderItems),
                new("find_user_id_by_name_zip", ["first_name", "last_name", "zip"], tools.FindUserIdByNameZip),
                new("find_user_id_by_email", ["email"], tools.FindUserIdByEmail),
                new("get_order_details", ["order_id"], (world, a) => Tau2Common.Require(world, Orders, a[0], "Order not found").Json),
                new("get_product_details", ["product_id"], (world, a) => Tau2Common.Require(world, Products, a[0], "Product not found").Json),
                new("get_item_details", ["item_id"], (_, a) => tools.GetItemDetails(a[0])),
                new("get_user_details", ["user_id"], (world, a) => Tau2Common.Require(world, Users, a[0], "User not found").Json),
                new("list_all_product_types", [], (_, _) => tools._productTypes.Value),
                new("modify_pending_order_address", ["order_id", .. AddressFields], ModifyPendingOrderAddress),
                new("modify_pending_order_items", ["order_id", "item_ids", "new_item_ids", "payment_method_id"], ModifyPendingOrderItems),
                new("modify_pending_order_payment", ["order_id", "payment_method_id"], ModifyPendingOrderPayment),
                new("modify_user_address", ["user_id", .. AddressFields], ModifyUserAddress),
                new("return_delivered_order_items", ["order_id", "item_ids", "payment_method_id"], ReturnDeliveredOrderItems),
                new("transfer_to_human_agents", ["summary"], Tau2Common.Transfer),
            ]);
    }

    private string FindUserIdByEmail(Tau2World world, Value[] arguments) =>
        _userByEmail.Value.GetValueOrDefault(Py.Lower(arguments[0])) ?? throw PyException.ValueError("User not found");

    private string FindUserIdByNameZip(Tau2World world, Value[] arguments)
    {
        if (_usersByFirstName.Value.TryGetValue(Py.Lower(arguments[0]), out var namesakes))
        {
            var lastName = Py.Lower(arguments[1]);
            foreach (var (id, name) in namesakes)
                if (name == lastName && Py.AreEqual(Py.Get(Py.Get(world.Agent.Find(Users, id)!.Fields, "address"), "zip"), arguments[2]))
                    return id;
        }
        throw PyException.ValueError("User not found");
    }

    private string GetItemDetails(Value id)
    {
        // The lookup asks each product's variants, so a list fails before anything is found.
        _ = Py.Contains(Value.Dict.Empty, id);
        return id is Value.Text text && _itemJson.Value.TryGetValue(text.Content, out var json) ? json : throw PyException.ValueError("Item not found");
    }

    private static string ModifyUserAddress(Tau2World world, Value[] arguments)
    {
        var user = Tau2Common.Require(world, Users, arguments[0], "User not found");
        var id = ((Value.Text)arguments[0]).Content;
        world.Agent.Put(Users, id, user.Fields.With("address", Address(arguments)));
        return world.Agent.Find(Users, id)!.Json;
    }

    private static Value.Dict Address(Value[] arguments) => RetailShapes.Address.Build(new Value.Dict(AddressFields, arguments[1..]));

    private string ListProductTypes()
    {
        var types = _database.Tables[Products].Records
            .GroupBy(product => PyString(product, "name"), product => PyString(product, "product_id"), StringComparer.Ordinal)
            .OrderBy(type => type.Key, Comparer<string>.Create(Python.PyString.Compare))
            .ToList();
        return ValueText.Json(new Value.Dict([.. types.Select(type => type.Key)], [.. types.Select(type => (Value)type.Last())]));

        static string PyString(Record record, string field) => ValueText.Str(Py.Get(record.Fields, field));
    }

    private static IEnumerable<(string Id, string Json)> Variants(Value.Dict product)
    {
        var variants = Py.GetDict(product, "variants");
        return variants.Keys.Zip(variants.Values, (id, variant) => (id, ValueText.Json(variant)));
    }

    private IEnumerable<IGrouping<string, string>> GroupUsers(params string[] path)
    {
        var users = _database.Tables[Users];
        return users.Ids
            .Select((id, i) => (Id: id, Key: Py.Lower(path.Aggregate((Value)users.Records[i].Fields, Py.Get))))
            .GroupBy(user => user.Key, user => user.Id, StringComparer.Ordinal);
    }
}
