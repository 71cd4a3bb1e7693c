using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;

namespace FissionGrpo.Environments.Tau2.Tools;

/// <summary>What the user can do with the phone. Most of it makes the phone look for a network again.</summary>
internal static partial class TelecomUserTools
{
    private static readonly string[] NetworkModes = ["4g_5g_preferred", "4g_only", "3g_only", "2g_only"];

    private static string SetNetworkModePreference(Phone phone, Value mode)
    {
        var isRefused = mode is Value.Text text && Array.IndexOf(NetworkModes, text.Content) < 0;
        if (!isRefused)
        {
            phone.Set(("network_mode_preference", mode));
            phone.SearchNetwork();
        }
        // The original tells a refusal by getting nothing back, and so takes a preference for nothing, which it has set, for one.
        if (isRefused || mode is Value.Null)
            return $"Failed to set network mode: '{ValueText.Str(mode)}' is not a valid option. Please use one of: {string.Join(", ", NetworkModes)}";
        return mode is Value.Text
            ? $"Preferred Network Mode set to: {ValueText.Str(mode)}"
            : throw new PyException("AttributeError", $"'{mode.TypeName}' object has no attribute 'value'");
    }

    private static string ToggleAirplaneMode(Phone phone)
    {
        var on = Flip(phone, "airplane_mode");
        if (on == "ON" || phone.Is("wifi_enabled"))
            phone.Set(("wifi_connected", false), ("wifi_ssid", Value.None), ("wifi_signal_strength", "none"));
        if (on == "ON")
            DisconnectVpn(phone);
        phone.SearchNetwork();
        return $"Airplane Mode is now {on}.";
    }

    private static string ReseatSimCard(Phone phone)
    {
        phone.Set(("sim_card_missing", false));
        phone.SearchNetwork();
        return "SIM card re-seated successfully.";
    }

    private static string SetApnSettings(Phone phone, Value settings)
    {
        phone.Set(("active_apn_settings", settings is Value.Dict given ? Phone.ApnSettings.Build(given) : settings));
        var message = $"APN settings set to: {ValueText.Str(phone.Apn("apn_name"))}";
        phone.SearchNetwork();
        return message;
    }

    private static string ResetApnSettings(Phone phone)
    {
        _ = phone.Apn("reset_at_reboot");
        phone.SetApn(("reset_at_reboot", true));
        phone.SearchNetwork();
        return "APN settings will reset at reboot.";
    }

    private static string ToggleWifi(Phone phone)
    {
        if (phone.Is("airplane_mode"))
            return "Cannot change Wi-Fi settings while Airplane Mode is ON.";
        var on = Flip(phone, "wifi_enabled");
        if (on == "OFF")
            phone.Set(("wifi_connected", false), ("wifi_ssid", Value.None), ("wifi_signal_strength", "none"));
        return $"Wi-Fi is now {on}.";
    }

    private static bool ConnectVpn(Tau2World world)
    {
        var phone = new Phone(world);
        if (phone.Is("vpn_connected"))
            return false;
        phone.Set(
            ("vpn_connected", true),
            ("vpn_details", Value.Dict.Of(
                ("server_address", "192.168.1.1"),
                ("protocol", "OpenVPN"),
                ("server_performance", world.IsVpnBroken ? "poor" : "excellent"))));
        return true;
    }

    private static string DisconnectVpn(Phone phone)
    {
        if (!phone.Is("vpn_connected"))
            return "No active VPN connection to disconnect.";
        phone.Set(("vpn_connected", false), ("vpn_details", Value.None));
        return "VPN disconnected successfully.";
    }

    private static string GrantAppPermission(Phone phone, Value app, Value permission)
    {
        var found = Permissions(phone, app);
        var name = Py.Lower(permission);
        if (found is not { } permissions)
            return $"Error. App '{ValueText.Str(app)}' not found. Cannot grant permission.";
        if (permissions.Find(name) is null)
            return $"Error. Permission '{name}' not tracked for app '{ValueText.Str(app)}', available permissions: [{string.Join(", ", permissions.Keys.Select(key => ValueText.Repr(key)))}]";
        SetPermission(phone, ((Value.Text)app).Content, name, true);
        return $"Success. Permission '{name}' granted to app '{ValueText.Str(app)}'.";
    }

    private static void SetPermission(Phone phone, string app, string permission, bool granted)
    {
        var apps = Py.GetDict(phone.Device, "app_statuses");
        var status = Py.GetDict(apps, app);
        var permissions = Py.GetDict(status, "permissions").With(permission, granted);
        phone.Set(("app_statuses", apps.With(app, status.With("permissions", permissions))));
    }

    private static string RebootDevice(Phone phone)
    {
        var message = "Restarting network services...";
        if (Py.IsTrue(phone.Apn("reset_at_reboot")))
        {
            phone.Set(("active_apn_settings", Phone.ApnSettings.Build(Value.Dict.Empty)));
            message = "Resetting APN settings...\n" + message;
        }
        phone.SearchNetwork();
        return message;
    }

    private static string MakePayment(Phone phone)
    {
        if (Py.Get(phone.Surroundings, "payment_request") is not Value.Dict request)
            return "You do not have a payment request.";
        phone.SetAround(("payment_request", request.With("paid", true)));
        return $"Payment of {ValueText.Str(Py.Get(request, "amount_due"))} USD has been made for bill {ValueText.Str(Py.Get(request, "bill_id"))}.";
    }

    /// <summary>Turns a switch and says how it stands now.</summary>
    private static string Flip(Phone phone, string field)
    {
        var on = !phone.Is(field);
        phone.Set((field, on));
        return OnOff(on);
    }

    /// <summary>Turns a switch after which the phone looks for a network.</summary>
    private static string Toggle(Phone phone, string field)
    {
        var on = Flip(phone, field);
        phone.SearchNetwork();
        return on;
    }
}
