using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;

namespace FissionGrpo.Environments.Tau2.Tools;

/// <summary>What changes orders. Near to TAU-bench's tools, but with other texts, validated records and one more defect, which is kept.</summary>
internal sealed partial class RetailTools
{
    private static string CancelPendingOrder(Tau2World world, Value[] arguments)
    {
        var order = OrderDraft.Require(world, arguments[0]);
        if (!order.HasStatus("pending"))
            throw PyException.ValueError("Non-pending order cannot be cancelled");
        var reason = arguments[1];
        if (reason is Value.List or Value.Dict)
            throw PyException.TypeError($"unhashable type: '{reason.TypeName}'");
        if (!Py.AreEqual(reason, "no longer needed") && !Py.AreEqual(reason, "ordered by mistake"))
            throw PyException.ValueError("Invalid reason");

        var refunds = new List<Value>();
        foreach (var payment in order.Payments.Items)
        {
            var (method, amount) = (Py.Get(payment, "payment_method_id"), Py.Get(payment, "amount"));
            refunds.Add(Payment("refund", amount, method));
            if (IsGiftCard(order.PaymentMethod(method)))
                order.AddToBalance(method, amount);
        }
        order.Set(("status", "cancelled"), ("cancel_reason", reason), ("payment_history", order.Payments.Add([.. refunds])));
        return order.Json;
    }

    private static string ExchangeDeliveredOrderItems(Tau2World world, Value[] arguments)
    {
        var (items, newItems, method) = (arguments[1], arguments[2], arguments[3]);
        var order = OrderDraft.Require(world, arguments[0]);
        if (!order.HasStatus("delivered"))
            throw PyException.ValueError("Non-delivered order cannot be exchanged");
        if (order.FirstExcess(items) is { } excess)
            throw PyException.ValueError($"Number of {ValueText.Str(excess)} not found.");
        if (Py.Length(items) != Py.Length(newItems))
            throw PyException.ValueError("The number of items to be exchanged should match.");
        var difference = Value.Zero;
        foreach (var (item, newItem) in Py.Iterate(items).Zip(Py.Iterate(newItems)))
            difference = Py.Add(difference, order.PriceDifference(item, newItem, out _), "+=");
        difference = Py.Round2(difference);
        if (IsGiftCardBelow(order.PaymentMethod(method), difference))
            throw PyException.ValueError("Insufficient gift card balance to pay for the price difference");

        order.Set(
            ("status", "exchange requested"),
            ("exchange_items", Py.Sorted(items)),
            ("exchange_new_items", Py.Sorted(newItems)),
            ("exchange_payment_method_id", method),
            ("exchange_price_difference", difference));
        return order.Json;
    }

    private static string ModifyPendingOrderAddress(Tau2World world, Value[] arguments)
    {
        var order = OrderDraft.Require(world, arguments[0]);
        order.RequirePending();
        order.Set(("address", Address(arguments)));
        return order.Json;
    }

    private static string ModifyPendingOrderItems(Tau2World world, Value[] arguments)
    {
        var (items, newItems, method) = (arguments[1], arguments[2], arguments[3]);
        var order = OrderDraft.Require(world, arguments[0]);
        if (!order.HasStatus("pending"))
            throw PyException.ValueError("Non-pending order cannot be modified");
        if (order.FirstExcess(items) is { } excess)
            throw PyException.ValueError($"{ValueText.Str(excess)} not found");
        if (Py.Length(items) != Py.Length(newItems))
            throw PyException.ValueError("The number of items to be exchanged should match");
        var difference = Value.Zero;
        Value.Dict? variant = null;
        foreach (var (item, newItem) in Py.Iterate(items).Zip(Py.Iterate(newItems)))
        {
            if (Py.AreEqual(item, newItem))
                throw PyException.ValueError("The new item id should be different from the old item id");
            difference = Py.Add(difference, order.PriceDifference(item, newItem, out variant), "+=");
        }
        var paymentMethod = order.PaymentMethod(method);
        if (IsGiftCardBelow(paymentMethod, difference))
            throw PyException.ValueError("Insufficient gift card balance to pay for the new item");

        var kind = Py.IsLess(Value.Zero, difference) ? "payment" : "refund";
        order.Set(("payment_history", order.Payments.Add(Payment(kind, Py.Absolute(difference), method))));
        if (IsGiftCard(paymentMethod))
            order.AddToBalance(method, Py.Negate(difference));
        // Every item gets the price and options of the last pair's variant: a defect of the original.
        foreach (var (item, newItem) in Py.Iterate(items).Zip(Py.Iterate(newItems)))
            order.ReplaceItem(item, newItem, variant!);
        order.Set(("status", "pending (item modified)"));
        return order.Json;
    }

    private static string ModifyPendingOrderPayment(Tau2World world, Value[] arguments)
    {
        var method = arguments[1];
        var order = OrderDraft.Require(world, arguments[0]);
        order.RequirePending();
        var paymentMethod = order.PaymentMethod(method);
        var payments = order.Payments;
        if (payments.Items.Length != 1 || !Py.AreEqual(Py.Get(payments.Items[0], "transaction_type"), "payment"))
            throw PyException.ValueError("There should be exactly one payment for a pending order");
        var oldMethod = Py.Get(payments.Items[0], "payment_method_id");
        if (Py.AreEqual(oldMethod, method))
            throw PyException.ValueError("The new payment method should be different from the current one");
        var amount = Py.Get(payments.Items[0], "amount");
        if (IsGiftCardBelow(paymentMethod, amount))
            throw PyException.ValueError("Insufficient gift card balance to pay for the order");

        order.Set(("payment_history", payments.Add(Payment("payment", amount, method), Payment("refund", amount, oldMethod))));
        if (IsGiftCard(paymentMethod))
            order.AddToBalance(method, Py.Negate(amount));
        if (IsGiftCard(order.PaymentMethod(oldMethod)))
            order.AddToBalance(oldMethod, amount);
        return order.Json;
    }

    private static string ReturnDeliveredOrderItems(Tau2World world, Value[] arguments)
    {
        var (items, method) = (arguments[1], arguments[2]);
        var order = OrderDraft.Require(world, arguments[0]);
        if (!order.HasStatus("delivered"))
            throw PyException.ValueError("Non-delivered order cannot be returned");
        var original = order.Payments.Items.Length > 0 ? order.Payments.Items[0] : throw new PyException("IndexError", "list index out of range");
        if (!IsGiftCard(order.PaymentMethod(method)) && !Py.AreEqual(method, Py.Get(original, "payment_method_id")))
            throw PyException.ValueError("Payment method should be the original payment method");
        if (order.FirstExcess(items) is not null)
            throw PyException.ValueError("Some item not found");

        order.Set(("status", "return requested"), ("return_items", Py.Sorted(items)), ("return_payment_method_id", method));
        return order.Json;
    }

    private static Value.Dict Payment(string kind, Value amount, Value method) =>
        RetailShapes.Payment.Build(Value.Dict.Of(("transaction_type", kind), ("amount", amount), ("payment_method_id", method)));

    private static bool IsGiftCard(Value.Dict method) => Py.AreEqual(Py.Get(method, "source"), "gift_card");

    private static bool IsGiftCardBelow(Value.Dict method, Value amount) => IsGiftCard(method) && Py.IsLess(Py.Get(method, "balance"), amount);

    /// <summary>An order under change: every assignment is written to the state at once.</summary>
    private sealed class OrderDraft(Tau2World world, string id, Value.Dict fields)
    {
        private Value.Dict _fields = fields;

        public string Json => world.Agent.Find(Orders, id)!.Json;

        public Value.List Payments => Py.GetList(_fields, "payment_history");

        private Value.Dict User => Tau2Common.Require(world, Users, Py.Get(_fields, "user_id"), "User not found").Fields;

        public static OrderDraft Require(Tau2World world, Value id)
        {
            var record = Tau2Common.Require(world, Orders, id, "Order not found");
            return new OrderDraft(world, ((Value.Text)id).Content, record.Fields);
        }

        public bool HasStatus(string status) => Py.AreEqual(Py.Get(_fields, "status"), status);

        /// <summary>Any status with the word in it, so that a modified order counts as pending here.</summary>
        public void RequirePending()
        {
            if (!Py.HasPart(Py.Get(_fields, "status"), "pending"))
                throw PyException.ValueError("Non-pending order cannot be modified");
        }

        public void Set(params ReadOnlySpan<(string Key, Value Value)> members)
        {
            _fields = _fields.With(members);
            world.Agent.Put(Orders, id, _fields);
        }

        public Value.Dict PaymentMethod(Value method)
        {
            var methods = Py.GetDict(User, "payment_methods");
            return Py.Contains(methods, method) ? Py.AsDict(Py.Get(methods, method)) : throw PyException.ValueError("Payment method not found");
        }

        public void AddToBalance(Value method, Value amount)
        {
            var user = User;
            var methods = Py.GetDict(user, "payment_methods");
            var fields = Py.AsDict(Py.Get(methods, method));
            var balance = Py.Round2(Py.Add(Py.Get(fields, "balance"), amount));
            var changed = methods.With(((Value.Text)method).Content, fields.With("balance", balance));
            world.Agent.Put(Users, ValueText.Str(Py.Get(_fields, "user_id")), user.With("payment_methods", changed));
        }

        /// <summary>The first item that is asked for more often than the order has it.</summary>
        public Value? FirstExcess(Value items)
        {
            var has = new Value.List(Array.ConvertAll(Py.GetList(_fields, "items").Items, item => Py.Get(item, "item_id")));
            foreach (var item in Py.Iterate(items))
                if (Py.Count(items, item) > Py.Count(has, item))
                    return item;
            return null;
        }

        public Value PriceDifference(Value itemId, Value newItemId, out Value.Dict variant)
        {
            var item = Item(itemId).Fields;
            var product = Tau2Common.Require(world, Products, Py.Get(item, "product_id"), "Product not found").Fields;
            var variants = Py.GetDict(product, "variants");
            if (!Py.Contains(variants, newItemId))
                throw PyException.ValueError("Variant not found");
            variant = Py.AsDict(Py.Get(variants, newItemId));
            if (!Py.IsTrue(Py.Get(variant, "available")))
                throw PyException.ValueError($"New item {ValueText.Str(newItemId)} not found or available");
            return Py.Subtract(Py.Get(variant, "price"), Py.Get(item, "price"));
        }

        public void ReplaceItem(Value oldId, Value newId, Value.Dict variant)
        {
            var (index, item) = Item(oldId);
            item = item.With(("item_id", newId), ("price", Py.Get(variant, "price")), ("options", Py.Get(variant, "options")));
            Set(("items", Py.GetList(_fields, "items").With(index, item)));
        }

        private (int Index, Value.Dict Fields) Item(Value id)
        {
            var items = Py.GetList(_fields, "items").Items;
            for (var i = 0; i < items.Length; i++)
                if (Py.AreEqual(Py.Get(items[i], "item_id"), id))
                    return (i, Py.AsDict(items[i]));
            throw PyException.ValueError($"Item {ValueText.Str(id)} not found");
        }
    }
}
