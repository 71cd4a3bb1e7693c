using System.Runtime.CompilerServices;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;

namespace FissionGrpo.Environments.Tau2.Tools;

/// <summary>What tasks call to set a scene in the agent's database and to examine it; no tools. Assertions answer <c>True</c> or <c>False</c>.</summary>
internal static partial class TelecomTools
{
    private static readonly ConditionalWeakTable<Database, NumberIndex> NumberIndexes = new();

    private static Tau2Tool[] SceneMethods =>
    [
        new("set_data_usage", [.. LineOf, "data_used_gb"], SetDataUsage),
        new("suspend_line_for_overdue_bill", [.. LineOf, "new_bill_id", "contract_ended"], SuspendLineForOverdueBill),
        new("assert_data_refueling_amount", [.. LineOf, "expected_amount"], (world, a) =>
            Answer(Math.Abs(Real(Py.Subtract(Py.Get(LineOfCustomer(world, a[0], a[1]), "data_refueling_gb"), a[2]))) < 1e-6)),
        new("assert_line_status", [.. LineOf, "expected_status"], (world, a) => Answer(Py.AreEqual(Py.Get(LineOfCustomer(world, a[0], a[1]), "status"), a[2]))),
        new("assert_overdue_bill_exists", ["customer_id", "overdue_bill_id"], (world, a) => Answer(
            BillsOf(world, Customer(world, a[0]).Fields).Any(bill => Py.AreEqual(Py.Get(bill, "bill_id"), a[1]) && Py.AreEqual(Py.Get(bill, "status"), "Overdue")))),
        new("assert_no_overdue_bill", ["overdue_bill_id"], (world, a) => Answer(
            Find(world, Bills, a[0]) is not { } bill || Py.AreEqual(Py.Get(bill.Fields, "status"), "Paid"))),
    ];

    public static string Answer(bool met) => met ? "True" : "False";

    private static string SetDataUsage(Tau2World world, Value[] arguments)
    {
        Put(world, Lines, LineOfCustomer(world, arguments[0], arguments[1]).With("data_used_gb", arguments[2]));
        return "";
    }

    /// <summary>Last month's bill of the line is overdue, and the line has been suspended for it today.</summary>
    private static string SuspendLineForOverdueBill(Tau2World world, Value[] arguments)
    {
        var (customerId, lineId, billId, contractEnded) = (arguments[0], arguments[1], arguments[2], arguments[3]);
        var line = Line(world, lineId);
        if (!Py.AreEqual(Py.Get(line, "status"), "Active"))
            throw PyException.ValueError("Line must be active to suspend for unpaid bill");
        var customer = Customer(world, customerId).Fields;
        if (BillsOf(world, customer).Any(bill => Py.AreEqual(Py.Get(bill, "status"), "Overdue")))
            throw PyException.ValueError("Customer already has an overdue bill");
        var price = Py.Get(Plan(world, Py.Get(line, "plan_id")), "price_per_month");
        Put(world, Bills, Value.Dict.Of(
            ("bill_id", billId),
            ("customer_id", customerId),
            ("period_start", "2025-01-01"),
            ("period_end", "2025-01-31"),
            ("issue_date", "2025-01-01"),
            ("total_due", price),
            ("due_date", "2025-01-15"),
            ("line_items", new Value.List([Value.Dict.Of(
                ("description", $"Charge for line {ValueText.Str(Py.Get(line, "line_id"))}"),
                ("amount", price),
                ("date", Today),
                ("item_type", "Charge"))])),
            ("status", "Overdue")));
        Put(world, Customers, customer.With("bill_ids", Py.GetList(customer, "bill_ids").Add(billId)));
        line = line.With(("status", "Suspended"), ("suspension_start_date", Today));
        Put(world, Lines, Py.IsTrue(contractEnded) ? line.With("contract_end_date", "2025-01-31") : line);
        return "";
    }

    /// <summary>The line of a phone number, for the synchronisation with the user's phone.</summary>
    public static Value.Dict LineByNumber(Tau2World world, Value number) =>
        number is Value.Text text && Numbers(world).LineOf.TryGetValue(text.Content, out var line)
            ? world.Agent.Find(Lines, line)!.Fields
            : throw PyException.ValueError($"Line with phone number {ValueText.Str(number)} not found");

    /// <summary>Whether the line has used more than plan and refuelling give.</summary>
    public static bool IsDataUsedUp(Tau2World world, Value.Dict line) => !Py.IsLess(
        Py.Get(line, "data_used_gb"),
        Py.Add(Py.Get(Plan(world, Py.Get(line, "plan_id")), "data_limit_gb"), Py.Get(line, "data_refueling_gb")));

    public static void SetBillPaid(Tau2World world, Value billId) => Put(world, Bills, Bill(world, billId).Fields.With("status", "Paid"));

    /// <summary>The first bill, in the order of the customer who has the number, that waits to be paid.</summary>
    public static Value.Dict? BillAwaitingPayment(Tau2World world, Value number)
    {
        if (number is not Value.Text text || !Numbers(world).CustomerOf.TryGetValue(text.Content, out var customer))
            throw PyException.ValueError($"Customer with phone number {ValueText.Str(number)} not found");
        foreach (var id in Py.GetList(world.Agent.Find(Customers, customer)!.Fields, "bill_ids").Items)
            if (Bill(world, id).Fields is var bill && Py.AreEqual(Py.Get(bill, "status"), "Awaiting Payment"))
                return bill;
        return null;
    }

    /// <summary>Who has which number; nothing changes that, so it is found once per database.</summary>
    private static NumberIndex Numbers(Tau2World world) => NumberIndexes.GetValue(world.Agent.Database, database => new NumberIndex(database));

    private static double Real(Value value) => value is Value.Float f ? f.Number : PyNumber.ToDouble(((Value.Int)value).Number);

    private sealed class NumberIndex
    {
        public NumberIndex(Database database)
        {
            foreach (var (id, line) in database.Tables[Lines].Ids.Zip(database.Tables[Lines].Records))
                LineOf.TryAdd(ValueText.Str(Py.Get(line.Fields, "phone_number")), id);
            foreach (var (id, customer) in database.Tables[Customers].Ids.Zip(database.Tables[Customers].Records))
            {
                CustomerOf.TryAdd(ValueText.Str(Py.Get(customer.Fields, "phone_number")), id);
                foreach (var line in Py.GetList(customer.Fields, "line_ids").Items)
                    if (database.Tables[Lines].Find(ValueText.Str(line)) is { } record)
                        CustomerOf.TryAdd(ValueText.Str(Py.Get(record.Fields, "phone_number")), id);
            }
        }

        public Dictionary<string, string> LineOf { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, string> CustomerOf { get; } = new(StringComparer.Ordinal);
    }
}
