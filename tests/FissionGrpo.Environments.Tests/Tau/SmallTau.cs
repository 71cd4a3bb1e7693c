using FissionGrpo.Environments.Tau.Tasks;

namespace FissionGrpo.Environments.Tests.Tau;

/// <summary>A TAU world of a few records of our own, in the benchmark's file layout.</summary>
public sealed class SmallTau : IDisposable
{
    public const string Order = "#W1";

    public SmallTau()
    {
        Folder = Directory.CreateTempSubdirectory("fission-tau").FullName;
        Write("retail/orders.json", """
            {"#W1": {"order_id": "#W1", "user_id": "ada_l", "address": {"city": "Bern", "zip": "1"},
              "items": [{"name": "Lamp", "product_id": "p1", "item_id": "i1", "price": 10.0, "options": {"color": "red"}}],
              "status": "pending", "payment_history": [{"transaction_type": "payment", "amount": 10.0, "payment_method_id": "gift_card_1"}]},
             "#W2": {"order_id": "#W2", "user_id": "ada_l", "address": {},
              "items": [{"name": "Lamp", "product_id": "p1", "item_id": "i2", "price": 12.5, "options": {}}],
              "status": "delivered", "payment_history": [{"transaction_type": "payment", "amount": 12.5, "payment_method_id": "credit_card_1"}]}}
            """);
        Write("retail/products.json", """
            {"p1": {"name": "Lamp", "product_id": "p1", "variants": {
              "i1": {"item_id": "i1", "options": {"color": "red"}, "available": true, "price": 10.0},
              "i2": {"item_id": "i2", "options": {"color": "blue"}, "available": true, "price": 12.5},
              "i3": {"item_id": "i3", "options": {"color": "green"}, "available": false, "price": 9}}}}
            """);
        Write("retail/users.json", """
            {"ada_l": {"name": {"first_name": "Ada", "last_name": "L"}, "address": {"zip": "3000"}, "email": "Ada@example.com",
              "payment_methods": {"gift_card_1": {"source": "gift_card", "balance": 1.0, "id": "gift_card_1"}, "credit_card_1": {"source": "credit_card", "id": "credit_card_1"}},
              "orders": ["#W1", "#W2"]}}
            """);
        Write("retail/tasks_test.json", """
            [{"task_index": 0, "user_id": "ada_l", "instruction": "You are Ada L. You want to cancel your lamp order. You want to know what you get back.",
              "actions": [{"name": "cancel_pending_order", "kwargs": {"order_id": "#W1", "reason": "no longer needed"}}], "outputs": ["10.0"]}]
            """);
        Tools("retail", "cancel_pending_order", "get_order_details", "transfer_to_human_agents");
        Write("airline/flights.json", """
            {"HAT1": {"flight_number": "HAT1", "origin": "JFK", "destination": "SFO", "scheduled_departure_time_est": "10:00:00", "scheduled_arrival_time_est": "13:00:00",
              "dates": {"2024-05-20": {"status": "available", "available_seats": {"economy": 2}, "prices": {"economy": 100}}, "2024-05-21": {"status": "delayed"}}}}
            """);
        Write("airline/reservations.json", """
            {"R1": {"reservation_id": "R1", "user_id": "ada_l", "cabin": "economy", "flights": [{"flight_number": "HAT1", "date": "2024-05-20", "price": 100}],
              "passengers": [{"first_name": "Ada"}], "payment_history": [{"payment_id": "gift_card_1", "amount": 100}], "total_baggages": 0, "nonfree_baggages": 0}}
            """);
        Write("airline/users.json", """
            {"ada_l": {"name": {"first_name": "Ada", "last_name": "L"}, "payment_methods": {
              "gift_card_1": {"source": "gift_card", "amount": 300, "id": "gift_card_1"}, "certificate_1": {"source": "certificate", "amount": 100, "id": "certificate_1"}},
              "reservations": ["R1"]}}
            """);
        Write("airline/tasks_test.json", """
            [{"task_index": 0, "user_id": "ada_l", "instruction": "Your user id is ada_l. You want a certificate.",
              "actions": [{"name": "send_certificate", "kwargs": {"user_id": "ada_l", "amount": 50}}], "outputs": []}]
            """);
        Tools("airline", "send_certificate", "book_reservation", "search_direct_flight");
        foreach (var domain in (string[])["retail", "airline"])
        {
            Write($"{domain}/rules.json", "[]");
            Write($"{domain}/wiki.md", "Be kind.");
        }
    }

    public string Folder { get; }

    public TauDomain Retail => TauDomain.Load(Folder, "retail");

    public TauDomain Airline => TauDomain.Load(Folder, "airline");

    public TauTask RetailTask => Retail.Tasks("test")[0];

    public void Write(string file, string content)
    {
        var path = Path.Combine(Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void Tools(string domain, params string[] names) =>
        Write($"{domain}/tools.json", $"[{string.Join(", ", names.Select(name => "{\"type\": \"function\", \"function\": {\"name\": \"" + name + "\"}}"))}]");
}
