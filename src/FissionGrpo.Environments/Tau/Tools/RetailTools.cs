using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau.Tools;

/// <summary>
/// The tools of the retail domain. Checks run in the original's order, and each change is written when the original makes it, so a call that
/// fails half-way leaves the same state behind.
/// </summary>
internal sealed partial class RetailTools
{
    public const int Orders = 0;
    public const int Products = 1;
    public const int Users = 2;

    public static readonly string[] TableNames = ["orders", "products", "users"];

    private readonly Database _database;
    private readonly Lazy<string> _productTypes;

    // Nothing changes names or e-mail addresses, so these find candidates in the order of the file.
    private readonly Lazy<Dictionary<string, string>> _userByEmail;
    private readonly Lazy<Dictionary<string, List<(string Id, string LastName)>>> _usersByFirstName;

    public RetailTools(Database database)
    {
        _database = database;
        _productTypes = new(ListProductTypes);
        _userByEmail = new(() => GroupUsers(user => Py.Get(user, "email")).ToDictionary(group => group.Key, group => group.First()));
        _usersByFirstName = new(() => GroupUsers(user => Py.Get(Py.Get(user, "name"), "first_name")).ToDictionary(
            group => group.Key,
            group => group.Select(id => (id, Py.Lower(Py.Get(Py.Get(database.Tables[Users].Find(id)!.Fields, "name"), "last_name")))).ToList()));
        string[] address = ["address1", "address2", "city", "state", "country", "zip"];
        All =
        [
            .. SharedTools.All,
            new("cancel_pending_order", ["order_id", "reason"], CancelPendingOrder),
            new("exchange_delivered_order_items", ["order_id", "item_ids", "new_item_ids", "payment_method_id"], ExchangeDeliveredOrderItems),
            new("find_user_id_by_email", ["email"], FindUserIdByEmail),
            new("find_user_id_by_name_zip", ["first_name", "last_name", "zip"], FindUserIdByNameZip),
            new("get_order_details", ["order_id"], (state, a) => state.Find(Orders, a[0])?.Json ?? "Error: order not found"),
            new("get_product_details", ["product_id"], (state, a) => state.Find(Products, a[0])?.Json ?? "Error: product not found"),
            new("get_user_details", ["user_id"], (state, a) => state.Find(Users, a[0])?.Json ?? "Error: user not found"),
            new("list_all_product_types", [], (_, _) => _productTypes.Value),
            new("modify_pending_order_address", ["order_id", .. address], ModifyPendingOrderAddress),
            new("modify_pending_order_items", ["order_id", "item_ids", "new_item_ids", "payment_method_id"], ModifyPendingOrderItems),
            new("modify_pending_order_payment", ["order_id", "payment_method_id"], ModifyPendingOrderPayment),
            new("modify_user_address", ["user_id", .. address], ModifyUserAddress),
            new("return_delivered_order_items", ["order_id", "item_ids", "payment_method_id"], ReturnDeliveredOrderItems),
        ];
    }

    public ImmutableArray<TauTool> All { get; }

    private string FindUserIdByEmail(WorldState state, Value[] arguments) =>
        _userByEmail.Value.GetValueOrDefault(Py.Lower(arguments[0])) ?? "Error: user not found";

    private string FindUserIdByNameZip(WorldState state, Value[] arguments)
    {
        if (!_usersByFirstName.Value.TryGetValue(Py.Lower(arguments[0]), out var namesakes))
            return "Error: user not found";
        var lastName = Py.Lower(arguments[1]);
        foreach (var (id, name) in namesakes)
            if (name == lastName && Py.AreEqual(Py.Get(Py.Get(state.Find(Users, id)!.Fields, "address"), "zip"), arguments[2]))
                return id;
        return "Error: user not found";
    }

    private static string ModifyUserAddress(WorldState state, Value[] arguments)
    {
        if (state.Find(Users, arguments[0]) is not { } user)
            return "Error: user not found";
        var id = ((Value.Text)arguments[0]).Content;
        state.Put(Users, id, user.Fields.With("address", Address(arguments)));
        return state.Find(Users, id)!.Json;
    }

    /// <summary>The original writes a new address in the order of the parameters, which is not that of the shipped ones.</summary>
    private static Value.Dict Address(Value[] arguments) => Value.Dict.Of(
        ("address1", arguments[1]),
        ("address2", arguments[2]),
        ("city", arguments[3]),
        ("state", arguments[4]),
        ("country", arguments[5]),
        ("zip", arguments[6]));

    private string ListProductTypes()
    {
        var types = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var product in _database.Tables[Products].Records)
            types[ValueText.Str(Py.Get(product.Fields, "name"))] = Py.Get(product.Fields, "product_id");
        var sorted = types.OrderBy(type => type.Key, Comparer<string>.Create(PyString.Compare)).ToList();
        return ValueText.Json(new Value.Dict([.. sorted.Select(type => type.Key)], [.. sorted.Select(type => type.Value)]));
    }

    private IEnumerable<IGrouping<string, string>> GroupUsers(Func<Value, Value> key)
    {
        var users = _database.Tables[Users];
        return users.Ids.Select((id, i) => (Id: id, Key: Py.Lower(key(users.Records[i].Fields)))).GroupBy(user => user.Key, user => user.Id, StringComparer.Ordinal);
    }
}
