using System.Globalization;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;

namespace FissionGrpo.Environments.Tau2.Tools;

/// <summary>The agent's tools in telecom: customers, lines, bills. It is the 25th of February 2025.</summary>
internal static partial class TelecomTools
{
    public const int Plans = 0;
    public const int Customers = 1;
    public const int Lines = 2;
    public const int Bills = 3;
    public const int Devices = 4;

    private const string Today = "2025-02-25";

    /// <summary>The lists of the database with the member that identifies a record.</summary>
    public static readonly (string Name, string Id)[] Tables =
    [
        ("plans", "plan_id"), ("customers", "customer_id"), ("lines", "line_id"), ("bills", "bill_id"), ("devices", "device_id"),
    ];

    private static readonly string[] LineOf = ["customer_id", "line_id"];

    public static Toolkit Toolkit { get; } = Toolkit.Of(
        "TelecomTools",
        [
            new("get_customer_by_phone", ["phone_number"], GetCustomerByPhone),
            new("get_customer_by_id", ["customer_id"], (world, a) => Customer(world, a[0]).Json),
            new("get_customer_by_name", ["full_name", "dob"], GetCustomerByName),
            new("get_details_by_id", ["id"], GetDetailsById),
            new("suspend_line", [.. LineOf, "reason"], SuspendLine),
            new("resume_line", LineOf, ResumeLine),
            new("get_bills_for_customer", ["customer_id", "limit"], GetBillsForCustomer) { Defaults = [12] },
            new("send_payment_request", ["customer_id", "bill_id"], SendPaymentRequest),
            new("get_data_usage", LineOf, GetDataUsage),
            new("enable_roaming", LineOf, (world, a) => SetRoaming(world, a, true)),
            new("disable_roaming", LineOf, (world, a) => SetRoaming(world, a, false)),
            new("transfer_to_human_agents", ["summary"], Tau2Common.Transfer),
            new("refuel_data", [.. LineOf, "gb_amount"], RefuelData),
        ],
        SceneMethods);

    /// <summary>The record whose id equals what the model sent; ids are compared, not hashed, so anything may be asked for.</summary>
    private static Record? Find(Tau2World world, int table, Value id) => id is Value.Text text ? world.Agent.Find(table, text.Content) : null;

    private static Record Customer(Tau2World world, Value id) =>
        Find(world, Customers, id) ?? throw PyException.ValueError($"Customer with ID {ValueText.Str(id)} not found");

    private static Value.Dict Line(Tau2World world, Value id) =>
        Find(world, Lines, id)?.Fields ?? throw PyException.ValueError($"Line with ID {ValueText.Str(id)} not found");

    private static Value.Dict Plan(Tau2World world, Value id) =>
        Find(world, Plans, id)?.Fields ?? throw PyException.ValueError($"Plan with ID {ValueText.Str(id)} not found");

    private static Record Bill(Tau2World world, Value id) =>
        Find(world, Bills, id) ?? throw PyException.ValueError($"Bill with ID {ValueText.Str(id)} not found");

    /// <summary>A line that belongs to a customer.</summary>
    private static Value.Dict LineOfCustomer(Tau2World world, Value customerId, Value lineId)
    {
        var customer = Customer(world, customerId).Fields;
        if (!Py.GetList(customer, "line_ids").Items.Any(id => Py.AreEqual(id, lineId)))
            throw PyException.ValueError($"Line {ValueText.Str(lineId)} not found for customer {ValueText.Str(customerId)}");
        return Line(world, lineId);
    }

    private static void Put(Tau2World world, int table, Value.Dict record) =>
        world.Agent.Put(table, ValueText.Str(Py.Get(record, Tables[table].Id)), record);

    private static string GetCustomerByPhone(Tau2World world, Value[] arguments)
    {
        foreach (var (_, customer) in world.Agent.InOrder(Customers))
        {
            if (Py.AreEqual(Py.Get(customer.Fields, "phone_number"), arguments[0]))
                return customer.Json;
            foreach (var line in Py.GetList(customer.Fields, "line_ids").Items)
                if (Py.AreEqual(Py.Get(Line(world, line), "phone_number"), arguments[0]))
                    return customer.Json;
        }
        throw PyException.ValueError($"Customer with phone number {ValueText.Str(arguments[0])} not found");
    }

    private static string GetCustomerByName(Tau2World world, Value[] arguments)
    {
        var found = world.Agent.InOrder(Customers)
            .Select(customer => customer.Record.Fields)
            .Where(customer => Py.Lower(Py.Get(customer, "full_name")) == Py.Lower(arguments[0]) && Py.AreEqual(Py.Get(customer, "date_of_birth"), arguments[1]));
        return ValueText.Json(new Value.List([.. found]));
    }

    private static string GetDetailsById(Tau2World world, Value[] arguments)
    {
        var id = arguments[0];
        if (id is not Value.Text text)
            throw new PyException("AttributeError", $"'{id.TypeName}' object has no attribute 'startswith'");
        var (table, kind) = text.Content.Length == 0 ? (-1, "") : text.Content[0] switch
        {
            'L' => (Lines, "Line"),
            'D' => (Devices, "Device"),
            'B' => (Bills, "Bill"),
            'C' => (Customers, "Customer"),
            'P' => (Plans, "Plan"),
            _ => (-1, ""),
        };
        if (table < 0)
            throw PyException.ValueError($"Unknown ID format or type: {text.Content}");
        return (Find(world, table, id) ?? throw PyException.ValueError($"{kind} with ID {text.Content} not found")).Json;
    }

    private static string SuspendLine(Tau2World world, Value[] arguments)
    {
        var line = LineOfCustomer(world, arguments[0], arguments[1]);
        if (!Py.AreEqual(Py.Get(line, "status"), "Active"))
            throw PyException.ValueError("Line must be active to suspend");
        line = line.With(("status", "Suspended"), ("suspension_start_date", Today));
        Put(world, Lines, line);
        return Report("Line suspended successfully. $5/month holding fee will apply.", line);
    }

    private static string ResumeLine(Tau2World world, Value[] arguments)
    {
        var line = LineOfCustomer(world, arguments[0], arguments[1]);
        if (!Py.AreEqual(Py.Get(line, "status"), "Suspended") && !Py.AreEqual(Py.Get(line, "status"), "Pending Activation"))
            throw PyException.ValueError("Line must be suspended to resume");
        line = line.With(("status", "Active"), ("suspension_start_date", Value.None));
        Put(world, Lines, line);
        return Report("Line resumed successfully", line);
    }

    private static string Report(string message, Value.Dict line) => ValueText.Json(Value.Dict.Of(("message", message), ("line", line)));

    private static IEnumerable<Value.Dict> BillsOf(Tau2World world, Value.Dict customer) =>
        Py.GetList(customer, "bill_ids").Items.Select(id => Bill(world, id).Fields);

    private static string GetBillsForCustomer(Tau2World world, Value[] arguments)
    {
        var bills = BillsOf(world, Customer(world, arguments[0]).Fields)
            .OrderByDescending(bill => ValueText.Str(Py.Get(bill, "issue_date")), StringComparer.Ordinal)
            .ToList();
        var limit = arguments[1] switch
        {
            Value.Null => bills.Count,
            Value.Int or Value.Bool => Slice(arguments[1], bills.Count),
            _ => throw PyException.TypeError("slice indices must be integers or None or have an __index__ method"),
        };
        return ValueText.Json(new Value.List([.. bills.Take(limit)]));

        static int Slice(Value limit, int count)
        {
            var end = limit is Value.Int number ? number.Number : ((Value.Bool)limit).Truth ? 1 : 0;
            return (int)System.Numerics.BigInteger.Min(count, System.Numerics.BigInteger.Max(0, end < 0 ? end + count : end));
        }
    }

    private static string SendPaymentRequest(Tau2World world, Value[] arguments)
    {
        var customer = Customer(world, arguments[0]).Fields;
        if (BillsOf(world, customer).Any(bill => Py.AreEqual(Py.Get(bill, "status"), "Awaiting Payment")))
            throw PyException.ValueError("A bill is already awaiting payment for this customer");
        if (!Py.GetList(customer, "bill_ids").Items.Any(id => Py.AreEqual(id, arguments[1])))
            throw PyException.ValueError($"Bill {ValueText.Str(arguments[1])} not found for customer {ValueText.Str(arguments[0])}");
        Put(world, Bills, Bill(world, arguments[1]).Fields.With("status", "Awaiting Payment"));
        return $"Payment request sent to the customer for bill {ValueText.Str(arguments[1])}";
    }

    /// <summary>Numbers outside of records are shown as texts.</summary>
    private static string GetDataUsage(Tau2World world, Value[] arguments)
    {
        var line = LineOfCustomer(world, arguments[0], arguments[1]);
        var plan = Plan(world, Py.Get(line, "plan_id"));
        return ValueText.Json(Value.Dict.Of(
            ("line_id", Py.Get(line, "line_id")),
            ("data_used_gb", ValueText.Str(Py.Get(line, "data_used_gb"))),
            ("data_limit_gb", ValueText.Str(Py.Get(plan, "data_limit_gb"))),
            ("data_refueling_gb", ValueText.Str(Py.Get(line, "data_refueling_gb"))),
            ("cycle_end_date", "2025-02-28")));
    }

    private static string SetRoaming(Tau2World world, Value[] arguments, bool enabled)
    {
        var line = LineOfCustomer(world, arguments[0], arguments[1]);
        var word = enabled ? "enabled" : "disabled";
        if (Py.IsTrue(Py.Get(line, "roaming_enabled")) == enabled)
            return $"Roaming was already {word}";
        Put(world, Lines, line.With("roaming_enabled", enabled));
        return $"Roaming {word} successfully";
    }

    private static string RefuelData(Tau2World world, Value[] arguments)
    {
        var amount = arguments[2];
        var line = LineOfCustomer(world, arguments[0], arguments[1]);
        if (!Py.IsNumber(amount))
            throw PyException.TypeError($"'<=' not supported between instances of '{amount.TypeName}' and 'int'");
        if (!Py.IsLess(Value.Zero, amount))
            throw PyException.ValueError("Refuel amount must be positive");
        var price = Py.Get(Plan(world, Py.Get(line, "plan_id")), "data_refueling_price_per_gb");
        var charge = Py.Multiply(amount, price);
        line = line.With("data_refueling_gb", Py.Add(Py.Get(line, "data_refueling_gb"), amount));
        Put(world, Lines, line);
        AddCharge(world, arguments[0], charge, $"Data refueling: {ValueText.Str(amount)} GB at ${ValueText.Str(price)}/GB");
        return ValueText.Json(Value.Dict.Of(
            ("message", $"Successfully added {ValueText.Str(amount)} GB of data for line {ValueText.Str(arguments[1])} for ${PyFloat.Fixed(((Value.Float)charge).Number, 2)}"),
            ("new_data_refueling_gb", ValueText.Str(Py.Get(line, "data_refueling_gb"))),
            ("charge", ValueText.Str(charge))));
    }

    /// <summary>Puts a charge on the customer's next bill, which is made if there is none.</summary>
    private static void AddCharge(Tau2World world, Value customerId, Value amount, string description)
    {
        var customer = Customer(world, customerId).Fields;
        var bill = BillsOf(world, customer).FirstOrDefault(bill => Py.AreEqual(Py.Get(bill, "status"), "Draft"));
        if (bill is null)
        {
            world.NewBills++;
            var id = string.Create(CultureInfo.InvariantCulture, $"B{world.NewBills:X8}");
            bill = Value.Dict.Of(
                ("bill_id", id),
                ("customer_id", customerId),
                ("period_start", "2025-03-01"),
                ("period_end", "2025-03-31"),
                ("issue_date", "2025-03-01"),
                ("total_due", 0.0),
                ("due_date", "2025-03-15"),
                ("line_items", Value.List.Empty),
                ("status", "Draft"));
            Put(world, Customers, customer.With("bill_ids", Py.GetList(customer, "bill_ids").Add(id)));
        }
        var item = Value.Dict.Of(
            ("description", description),
            ("amount", amount),
            ("date", Today),
            ("item_type", Py.IsLess(amount, Value.Zero) ? "Credit" : "Charge"));
        Put(world, Bills, bill.With(
            ("line_items", Py.GetList(bill, "line_items").Add(item)),
            ("total_due", Py.Add(Py.Get(bill, "total_due"), amount))));
    }
}
