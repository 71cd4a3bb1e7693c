using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau2.State;

/// <summary>The user's phone and surroundings in a world: short names for reading and replacing their fields.</summary>
internal readonly struct Phone(Tau2World world)
{
    public static readonly Model ApnSettings = new(
        "APNSettings",
        ("apn_name", Shape.EnumOf("internet", "broken"), "internet"),
        ("reset_at_reboot", Shape.Truth, false),
        ("mms_apn", Shape.Optional(Shape.Text), "mms"),
        ("mmsc_url", Shape.Optional(Shape.Text), "http://mms.carrier.com/mms/wapenc"),
        ("mms_proxy", Shape.Optional(Shape.Text), Value.None),
        ("mms_port", Shape.Optional(Shape.Whole), Value.None))
    {
        IsClosed = true,
    };

    public Value.Dict Device => Py.GetDict(world.User!, "device");

    public Value.Dict Surroundings => Py.GetDict(world.User!, "surroundings");

    /// <summary>Inserted, and neither locked.</summary>
    public string SimStatus => Is("sim_card_missing") ? "missing" : Text("sim_card_status");

    public bool Is(string field) => Py.IsTrue(Py.Get(Device, field));

    public string Text(string field) => ValueText.Str(Py.Get(Device, field));

    public bool IsAround(string field) => Py.IsTrue(Py.Get(Surroundings, field));

    public void Set(params ReadOnlySpan<(string Field, Value Value)> fields) => world.User = world.User!.With("device", Device.With(fields));

    public void SetAround(params ReadOnlySpan<(string Field, Value Value)> fields) =>
        world.User = world.User!.With("surroundings", Surroundings.With(fields));

    /// <summary>The attribute of the APN settings, which a broken call may have replaced by anything.</summary>
    public Value Apn(string field) => Py.Get(Device, "active_apn_settings") is Value.Dict settings
        ? Py.Get(settings, field)
        : throw new PyException("AttributeError", $"'{Py.Get(Device, "active_apn_settings").TypeName}' object has no attribute '{field}'");

    public void SetApn(params ReadOnlySpan<(string Field, Value Value)> fields) =>
        Set(("active_apn_settings", Py.GetDict(Device, "active_apn_settings").With(fields)));

    /// <summary>
    /// What the phone finds when it looks for a network. It looks only when something makes it, so its display may be out of date. Settings
    /// that are none fail here, after what the card and the airplane mode decide.
    /// </summary>
    public void SearchNetwork()
    {
        var isReachable = SimStatus == "active" && !Is("airplane_mode");
        if (Py.Get(Device, "active_apn_settings") is Value.Dict settings)
            isReachable = isReachable && !Py.AreEqual(Py.Get(settings, "apn_name"), "broken") && IsAround("line_active");
        var technology = !isReachable ? "none" : Text("network_mode_preference") switch
        {
            "4g_5g_preferred" when Signal("5G") != "none" => "5G",
            "3g_only" => "3G",
            "2g_only" => "2G",
            _ => "4G",
        };
        Set(
            ("network_connection_status", isReachable ? "connected" : "no_service"),
            ("network_technology_connected", technology),
            ("network_signal_strength", isReachable ? Signal(technology) : "none"));
        _ = Apn("apn_name");
    }

    /// <summary>Data flows: reception, permission to roam where needed, switched on, and not used up.</summary>
    public bool HasWorkingData() =>
        !Is("airplane_mode")
        && Text("network_signal_strength") != "none"
        && Text("network_connection_status") != "no_service"
        && (!IsAround("is_abroad") || (Is("roaming_enabled") && IsAround("roaming_allowed")))
        && Is("data_enabled")
        && !IsAround("mobile_data_usage_exceeded");

    private string Signal(string technology) =>
        Py.GetDict(Surroundings, "signal_strength").Find(technology) is { } strength ? ValueText.Str(strength) : "none";
}
