using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau.Tools;

/// <summary>What changes orders, and with them the balances of gift cards.</summary>
internal sealed partial class RetailTools
{
    private static string CancelPendingOrder(WorldState state, Value[] arguments)
    {
        if (OrderDraft.Find(state, arguments[0]) is not { } order)
            return "Error: order not found";
        if (!order.HasStatus("pending"))
            return "Error: non-pending order cannot be cancelled";
        var reason = arguments[1];
        if (!Py.AreEqual(reason, "no longer needed") && !Py.AreEqual(reason, "ordered by mistake"))
            return "Error: invalid reason";

        var refunds = new List<Value>();
        foreach (var payment in order.Payments.Items)
        {
            var method = Py.Get(payment, "payment_method_id");
            var amount = Py.Get(payment, "amount");
            refunds.Add(Payment("refund", amount, method));
            if (Py.HasPart(method, "gift_card"))
                order.AddToBalance(method, amount);
        }
        order.Set(("status", "cancelled"), ("cancel_reason", reason), ("payment_history", order.Payments.Add([.. refunds])));
        return order.Json;
    }

    private static string ExchangeDeliveredOrderItems(WorldState state, Value[] arguments)
    {
        var (items, newItems, method) = (arguments[1], arguments[2], arguments[3]);
        if (OrderDraft.Find(state, arguments[0]) is not { } order)
            return "Error: order not found";
        if (!order.HasStatus("delivered"))
            return "Error: non-delivered order cannot be exchanged";
        if (order.FirstExcess(items) is { } excess)
            return $"Error: {ValueText.Str(excess)} not found";
        if (Py.Length(items) != Py.Length(newItems))
            return "Error: the number of items to be exchanged should match";
        if (order.PriceDifference(items, newItems, out var difference) is { } unavailable)
            return unavailable;
        difference = Py.Round2(difference);
        if (order.PaymentMethod(method) is not { } paymentMethod)
            return "Error: payment method not found";
        if (IsGiftCardBelow(paymentMethod, difference))
            return "Error: insufficient gift card balance to pay for the price difference";

        // All ids were found in the database, so they are texts and sorting them cannot fail half-way.
        order.Set(
            ("status", "exchange requested"),
            ("exchange_items", Py.Sorted(items)),
            ("exchange_new_items", Py.Sorted(newItems)),
            ("exchange_payment_method_id", method),
            ("exchange_price_difference", difference));
        return order.Json;
    }

    private static string ModifyPendingOrderAddress(WorldState state, Value[] arguments)
    {
        if (OrderDraft.Find(state, arguments[0]) is not { } order)
            return "Error: order not found";
        if (!order.HasStatus("pending"))
            return "Error: non-pending order cannot be modified";
        order.Set("address", Address(arguments));
        return order.Json;
    }

    private static string ModifyPendingOrderItems(WorldState state, Value[] arguments)
    {
        var (items, newItems, method) = (arguments[1], arguments[2], arguments[3]);
        if (OrderDraft.Find(state, arguments[0]) is not { } order)
            return "Error: order not found";
        if (!order.HasStatus("pending"))
            return "Error: non-pending order cannot be modified";
        if (order.FirstExcess(items) is { } excess)
            return $"Error: {ValueText.Str(excess)} not found";
        if (Py.Length(items) != Py.Length(newItems))
            return "Error: the number of items to be exchanged should match";
        if (order.PriceDifference(items, newItems, out var difference) is { } unavailable)
            return unavailable;
        if (order.PaymentMethod(method) is not { } paymentMethod)
            return "Error: payment method not found";
        if (IsGiftCardBelow(paymentMethod, difference))
            return "Error: insufficient gift card balance to pay for the new item";

        var kind = Py.IsLess(Value.Zero, difference) ? "payment" : "refund";
        order.Set("payment_history", order.Payments.Add(Payment(kind, Py.Absolute(difference), method)));
        if (IsGiftCard(paymentMethod))
            order.AddToBalance(method, Py.Negate(difference));
        foreach (var (item, newItem) in Py.Iterate(items).Zip(Py.Iterate(newItems)))
            order.ReplaceItem(item, newItem);
        order.Set("status", "pending (item modified)");
        return order.Json;
    }

    private static string ModifyPendingOrderPayment(WorldState state, Value[] arguments)
    {
        var method = arguments[1];
        if (OrderDraft.Find(state, arguments[0]) is not { } order)
            return "Error: order not found";
        if (!order.HasStatus("pending"))
            return "Error: non-pending order cannot be modified";
        if (order.PaymentMethod(method) is not { } paymentMethod)
            return "Error: payment method not found";
        var payments = order.Payments;
        if (payments.Items.Length > 1 || !Py.AreEqual(Py.Get(First(payments), "transaction_type"), "payment"))
            return "Error: there should be exactly one payment for a pending order";
        var oldMethod = Py.Get(First(payments), "payment_method_id");
        if (Py.AreEqual(oldMethod, method))
            return "Error: the new payment method should be different from the current one";
        var amount = Py.Get(First(payments), "amount");
        if (IsGiftCardBelow(paymentMethod, amount))
            return "Error: insufficient gift card balance to pay for the order";

        order.Set("payment_history", payments.Add(Payment("payment", amount, method), Payment("refund", amount, oldMethod)));
        if (IsGiftCard(paymentMethod))
            order.AddToBalance(method, Py.Negate(amount));
        if (Py.HasPart(oldMethod, "gift_card"))
            order.AddToBalance(oldMethod, amount);
        return order.Json;
    }

    private static string ReturnDeliveredOrderItems(WorldState state, Value[] arguments)
    {
        var (items, method) = (arguments[1], arguments[2]);
        if (OrderDraft.Find(state, arguments[0]) is not { } order)
            return "Error: order not found";
        if (!order.HasStatus("delivered"))
            return "Error: non-delivered order cannot be returned";
        if (order.PaymentMethod(method) is null)
            return "Error: payment method not found";
        if (!Py.HasPart(method, "gift_card") && !Py.AreEqual(method, Py.Get(First(order.Payments), "payment_method_id")))
            return "Error: payment method should be either the original payment method or a gift card";
        if (order.FirstExcess(items) is not null)
            return "Error: some item not found";

        order.Set(("status", "return requested"), ("return_items", Py.Sorted(items)), ("return_payment_method_id", method));
        return order.Json;
    }

    private static Value.Dict Payment(string kind, Value amount, Value method) =>
        Value.Dict.Of(("transaction_type", kind), ("amount", amount), ("payment_method_id", method));

    private static Value First(Value.List list) => list.Items.Length > 0 ? list.Items[0] : throw new PyException("IndexError", "list index out of range");

    private static bool IsGiftCard(Value method) => Py.AreEqual(Py.Get(method, "source"), "gift_card");

    private static bool IsGiftCardBelow(Value method, Value amount) => IsGiftCard(method) && Py.IsLess(Py.Get(method, "balance"), amount);

    /// <summary>An order under change: every assignment is written to the state at once.</summary>
    private sealed class OrderDraft(WorldState state, string id, Value.Dict fields)
    {
        private Value.Dict _fields = fields;

        public string Json => state.Find(Orders, id)!.Json;

        public Value.List Payments => Py.GetList(_fields, "payment_history");

        private string UserId => ValueText.Str(Py.Get(_fields, "user_id"));

        private Value.Dict User => state.Find(Users, Py.Get(_fields, "user_id"))?.Fields ?? throw Py.KeyError(UserId);

        public static OrderDraft? Find(WorldState state, Value id) =>
            state.Find(Orders, id) is { } record ? new OrderDraft(state, ((Value.Text)id).Content, record.Fields) : null;

        public bool HasStatus(string status) => Py.AreEqual(Py.Get(_fields, "status"), status);

        public void Set(string key, Value value)
        {
            _fields = _fields.With(key, value);
            state.Put(Orders, id, _fields);
        }

        public void Set(params ReadOnlySpan<(string Key, Value Value)> members)
        {
            _fields = _fields.With(members);
            state.Put(Orders, id, _fields);
        }

        /// <summary>The method if it is one of the user's.</summary>
        public Value? PaymentMethod(Value method)
        {
            var methods = Py.GetDict(User, "payment_methods");
            return Py.Contains(methods, method) ? Py.Get(methods, method) : null;
        }

        /// <summary>The balance is rounded after the sum, as the original does in a second assignment.</summary>
        public void AddToBalance(Value method, Value amount)
        {
            var user = User;
            var methods = Py.GetDict(user, "payment_methods");
            var fields = Py.AsDict(Py.Get(methods, method));
            var balance = Py.Add(Py.Get(fields, "balance"), amount, "+=");
            var changed = methods.With(((Value.Text)method).Content, fields.With("balance", Py.Round2(balance)));
            state.Put(Users, UserId, user.With("payment_methods", changed));
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

        /// <summary>The sum of new minus old prices, or the text about the first new item that cannot be had.</summary>
        public string? PriceDifference(Value items, Value newItems, out Value difference)
        {
            difference = Value.Zero;
            foreach (var (itemId, newItemId) in Py.Iterate(items).Zip(Py.Iterate(newItems)))
            {
                var item = Item(itemId).Fields;
                var variants = Variants(item);
                if (!Py.Contains(variants, newItemId) || !Py.IsTrue(Py.Get(Py.Get(variants, newItemId), "available")))
                    return $"Error: new item {ValueText.Str(newItemId)} not found or available";
                var price = Py.Get(Py.Get(variants, newItemId), "price");
                difference = Py.Add(difference, Py.Subtract(price, Py.Get(item, "price")), "+=");
            }
            return null;
        }

        /// <summary>The first item with the old id takes the new variant's id, price and options.</summary>
        public void ReplaceItem(Value oldId, Value newId)
        {
            var (index, item) = Item(oldId);
            var variant = Py.Get(Variants(item), newId);
            item = item.With(("item_id", newId), ("price", Py.Get(variant, "price")), ("options", Py.Get(variant, "options")));
            Set("items", Py.GetList(_fields, "items").With(index, item));
        }

        private (int Index, Value.Dict Fields) Item(Value id)
        {
            var items = Py.GetList(_fields, "items").Items;
            for (var i = 0; i < items.Length; i++)
                if (Py.AreEqual(Py.Get(items[i], "item_id"), id))
                    return (i, Py.AsDict(items[i]));
            throw new PyException("IndexError", "list index out of range");
        }

        private Value.Dict Variants(Value.Dict item)
        {
            var product = Py.Get(item, "product_id");
            return Py.GetDict(state.Find(Products, product)?.Fields ?? throw Py.KeyError(product), "variants");
        }
    }
}
