using FissionGrpo.Environments.Tau2.Tasks;

namespace FissionGrpo.Environments.Tests.Tau2;

/// <summary>A TAU2 world of a few records of our own, in the benchmark's file layout.</summary>
public sealed class SmallTau2 : IDisposable
{
    public SmallTau2()
    {
        Folder = Directory.CreateTempSubdirectory("fission-tau2").FullName;
        Write("retail/db.json", """
            {"products": {"p1": {"name": "Lamp", "product_id": "p1", "variants": {
                "i1": {"item_id": "i1", "options": {"color": "red"}, "available": true, "price": 10}}}},
             "users": {"ada_l": {"user_id": "ada_l", "name": {"first_name": "Ada", "last_name": "L"},
                "address": {"address1": "1", "address2": "", "city": "Bern", "country": "CH", "state": "BE", "zip": "3000"}, "email": "ada@example.com",
                "payment_methods": {"gift_card_1": {"source": "gift_card", "balance": 1, "id": "gift_card_1"}}, "orders": ["#W1"]}},
             "orders": {"#W1": {"order_id": "#W1", "user_id": "ada_l",
                "address": {"address1": "1", "address2": "", "city": "Bern", "country": "CH", "state": "BE", "zip": "3000"},
                "items": [{"name": "Lamp", "product_id": "p1", "item_id": "i1", "price": 10, "options": {"color": "red"}}], "status": "pending", "fulfillments": [],
                "payment_history": [{"transaction_type": "payment", "amount": 10, "payment_method_id": "gift_card_1"}]}}}
            """);
        Write("retail/policy.md", "Be kind.");
        Write("retail/tools.json", """
            {"assistant_tools": [{"type": "function", "function": {"name": "cancel_pending_order"}}, {"type": "function", "function": {"name": "get_order_details"}},
              {"type": "function", "function": {"name": "transfer_to_human_agents"}}]}
            """);
        Write("retail/split_tasks.json", """{"base": ["0"], "train": ["0"], "test": ["0"]}""");
        Write("retail/tasks_v0.2.0.json", Tasks(""));
        Write("retail/tasks.json", Tasks(""", "nl_assertions": ["The agent is kind.", "The agent names the sum."], "reward_basis": ["DB", "NL_ASSERTION"]"""));
    }

    public string Folder { get; }

    public Tau2Domain Retail => Tau2Domain.Load(Folder, "retail");

    public Tau2Task Task => Retail.Tasks("base")[0];

    public Tau2Task JudgedTask => Retail.Tasks("base", Tau2Version.Pinned)[0];

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string Tasks(string more) => $$"""
        [{"id": "0", "user_scenario": {"persona": null, "instructions": {"domain": "retail", "reason_for_call": "You want to cancel your lamp order. You want to know what you get back.",
            "known_info": "You are Ada L in zip code 3000.", "unknown_info": null, "task_instructions": "Be brief."} },
          "initial_state": null,
          "evaluation_criteria": {"actions": [{"action_id": "0", "name": "cancel_pending_order", "arguments": {"order_id": "#W1", "reason": "no longer needed"} }],
            "communicate_info": ["10.0"]{{more}} } }]
        """;

    private void Write(string file, string content)
    {
        var path = Path.Combine(Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
