using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau2.State;

/// <summary>The records of the retail database.</summary>
internal static class RetailShapes
{
    public static readonly Model Address = new(
        "UserAddress",
        ("address1", Shape.Text, null),
        ("address2", Shape.Text, null),
        ("city", Shape.Text, null),
        ("country", Shape.Text, null),
        ("state", Shape.Text, null),
        ("zip", Shape.Text, null));

    public static readonly Model Payment = new(
        "OrderPayment",
        ("transaction_type", Shape.OneOf("payment", "refund"), null),
        ("amount", Shape.Real, null),
        ("payment_method_id", Shape.Text, null));

    public static readonly Model Product = new(
        "Product",
        ("name", Shape.Text, null),
        ("product_id", Shape.Text, null),
        ("variants", Shape.MapOf(new Model(
            "Variant",
            ("item_id", Shape.Text, null),
            ("options", Shape.MapOf(Shape.Text), null),
            ("available", Shape.Truth, null),
            ("price", Shape.Real, null))), null));

    public static readonly Model Order = new(
        "Order",
        ("order_id", Shape.Text, null),
        ("user_id", Shape.Text, null),
        ("address", Address, null),
        ("items", Shape.ListOf(new Model(
            "OrderItem",
            ("name", Shape.Text, null),
            ("product_id", Shape.Text, null),
            ("item_id", Shape.Text, null),
            ("price", Shape.Real, null),
            ("options", Shape.MapOf(Shape.Text), null))), null),
        ("status", Shape.Text, null),
        ("fulfillments", Shape.ListOf(new Model(
            "OrderFullfilment",
            ("tracking_id", Shape.ListOf(Shape.Text), null),
            ("item_ids", Shape.ListOf(Shape.Text), null))), null),
        ("payment_history", Shape.ListOf(Payment), null),
        ("cancel_reason", Shape.Optional(Shape.Text), Value.None),
        ("exchange_items", Shape.Optional(Shape.ListOf(Shape.Text)), Value.None),
        ("exchange_new_items", Shape.Optional(Shape.ListOf(Shape.Text)), Value.None),
        ("exchange_payment_method_id", Shape.Optional(Shape.Text), Value.None),
        ("exchange_price_difference", Shape.Optional(Shape.Real), Value.None),
        ("return_items", Shape.Optional(Shape.ListOf(Shape.Text)), Value.None),
        ("return_payment_method_id", Shape.Optional(Shape.Text), Value.None));

    private static readonly Model CreditCard = new(
        "CreditCard", ("source", Shape.Text, null), ("id", Shape.Text, null), ("brand", Shape.Text, null), ("last_four", Shape.Text, null));

    private static readonly Model PayPal = new("Paypal", ("source", Shape.Text, null), ("id", Shape.Text, null));

    private static readonly Model GiftCard = new("GiftCard", ("source", Shape.Text, null), ("id", Shape.Text, null), ("balance", Shape.Real, null));

    public static readonly Model User = new(
        "User",
        ("user_id", Shape.Text, null),
        ("name", new Model("UserName", ("first_name", Shape.Text, null), ("last_name", Shape.Text, null)), null),
        ("address", Address, null),
        ("email", Shape.Text, null),
        ("payment_methods", Shape.MapOf(Shape.ByMember("source", source => source switch
        {
            "gift_card" => GiftCard,
            "paypal" => PayPal,
            _ => CreditCard,
        })), null),
        ("orders", Shape.ListOf(Shape.Text), null));
}
