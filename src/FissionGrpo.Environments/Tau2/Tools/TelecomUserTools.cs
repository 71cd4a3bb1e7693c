using System.Text;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;

namespace FissionGrpo.Environments.Tau2.Tools;

/// <summary>The user's tools in telecom: what can be seen on the phone.</summary>
internal static partial class TelecomUserTools
{
    public static Toolkit Toolkit { get; } = Toolkit.Of(
        "TelecomUserTools",
        [
            new("check_status_bar", [], (world, _) => $"Status Bar: {StatusBar(new Phone(world))}"),
            new("check_network_status", [], (world, _) => CheckNetworkStatus(new Phone(world))),
            new("check_network_mode_preference", [], (world, _) => CheckNetworkModePreference(new Phone(world))),
            new("set_network_mode_preference", ["mode"], (world, a) => Shown(world, SetNetworkModePreference(new Phone(world), a[0]))),
            new("run_speed_test", [], (world, _) => RunSpeedTest(new Phone(world))),
            new("toggle_airplane_mode", [], (world, _) => Shown(world, ToggleAirplaneMode(new Phone(world)))),
            new("check_sim_status", [], (world, _) => CheckSimStatus(new Phone(world))),
            new("reseat_sim_card", [], (world, _) => Shown(world, ReseatSimCard(new Phone(world)))),
            new("toggle_data", [], (world, _) => Shown(world, $"Mobile Data is now {Toggle(new Phone(world), "data_enabled")}.")),
            new("toggle_roaming", [], (world, _) => Shown(world, $"Data Roaming is now {Toggle(new Phone(world), "roaming_enabled")}.")),
            new("check_data_restriction_status", [], (world, _) =>
                new Phone(world).Is("data_saver_mode") ? "Data Saver mode is ON (limits data usage)." : "Data Saver mode is OFF."),
            new("toggle_data_saver_mode", [], (world, _) => Shown(world, $"Data Saver Mode is now {Flip(new Phone(world), "data_saver_mode")}.")),
            new("check_apn_settings", [], (world, _) => CheckApnSettings(new Phone(world))),
            new("set_apn_settings", ["apn_settings"], (world, a) => Shown(world, SetApnSettings(new Phone(world), a[0]))),
            new("reset_apn_settings", [], (world, _) => Shown(world, ResetApnSettings(new Phone(world)))),
            new("check_wifi_status", [], (world, _) => CheckWifiStatus(new Phone(world))),
            new("toggle_wifi", [], (world, _) => Shown(world, ToggleWifi(new Phone(world)))),
            new("check_wifi_calling_status", [], (world, _) =>
                $"Wi-Fi Calling is currently turned {(new Phone(world).Is("wifi_calling_enabled") ? "ON" : "OFF")}."),
            new("toggle_wifi_calling", [], (world, _) => Shown(world, $"Wi-Fi Calling is now {Flip(new Phone(world), "wifi_calling_enabled")}.")),
            new("check_vpn_status", [], (world, _) => CheckVpnStatus(new Phone(world))),
            new("connect_vpn", [], (world, _) => ConnectVpn(world) ? Shown(world, "VPN connected successfully.") : "VPN already connected."),
            new("disconnect_vpn", [], (world, _) => Shown(world, DisconnectVpn(new Phone(world)))),
            new("check_installed_apps", [], (world, _) =>
                $"The following apps are installed on the phone: {string.Join(", ", Py.GetDict(new Phone(world).Device, "app_statuses").Keys)}"),
            new("check_app_status", ["app_name"], (world, a) => CheckAppStatus(new Phone(world), a[0])),
            new("check_app_permissions", ["app_name"], (world, a) => CheckAppPermissions(new Phone(world), a[0])),
            new("grant_app_permission", ["app_name", "permission"], (world, a) => Shown(world, GrantAppPermission(new Phone(world), a[0], a[1]))),
            new("can_send_mms", [], (world, _) => $"Your messaging app {(CanSendMms(new Phone(world)) ? "can" : "cannot")} send MMS messages."),
            new("reboot_device", [], (world, _) => Shown(world, RebootDevice(new Phone(world)))),
            new("check_payment_request", [], (world, _) => CheckPaymentRequest(new Phone(world))),
            new("make_payment", [], (world, _) => MakePayment(new Phone(world))),
        ],
        SceneMethods);

    /// <summary>What changes something also shows the status bar.</summary>
    private static string Shown(Tau2World world, string message) => $"{message}\nStatus Bar: {StatusBar(new Phone(world))}";

    private static string StatusBar(Phone phone)
    {
        var device = phone.Device;
        var bar = new StringBuilder(64);
        if (Is("airplane_mode"))
        {
            bar.Append("✈️ Airplane Mode");
        }
        else
        {
            bar.Append(Text("network_signal_strength") switch
            {
                "poor" => "📶¹ Poor",
                "fair" => "📶² Fair",
                "good" => "📶³ Good",
                "excellent" => "📶⁴ Excellent",
                _ => "📵 No Signal",
            });
            var technology = Text("network_technology_connected");
            if (technology != "none")
                bar.Append(" | ").Append(technology);
            bar.Append(Is("data_enabled") && technology != "none" ? " | 📱 Data Enabled" : " | 📵 Data Disabled");
            if (Is("data_enabled") && technology != "none" && Is("data_saver_mode"))
                bar.Append(" | 🔽 Data Saver");
        }
        if (Is("wifi_enabled") && Is("wifi_connected"))
            bar.Append(" | 📡 ").Append(Py.Get(device, "wifi_ssid") is Value.Text ssid ? $"Connected to {ssid.Content}" : "Enabled");
        if (Is("vpn_connected"))
            bar.Append(" | 🔒 VPN Connected");
        return bar.Append(" | 🔋 ").Append(Text("battery_level")).Append('%').ToString();

        bool Is(string field) => Py.IsTrue(Py.Get(device, field));

        string Text(string field) => ValueText.Str(Py.Get(device, field));
    }

    private static string CheckNetworkStatus(Phone phone)
    {
        var lines = new List<string>
        {
            $"Airplane Mode: {OnOff(phone.Is("airplane_mode"))}",
            $"SIM Card Status: {phone.SimStatus}",
            $"Cellular Connection: {phone.Text("network_connection_status")}",
            $"Cellular Signal: {phone.Text("network_signal_strength")}",
            $"Cellular Network Type: {phone.Text("network_technology_connected")}",
            $"Mobile Data Enabled: {YesNo(phone.Is("data_enabled"))}",
            $"Data Roaming Enabled: {YesNo(phone.Is("roaming_enabled"))}",
            $"Wi-Fi Radio: {OnOff(phone.Is("wifi_enabled"))}",
            $"Wi-Fi Connected: {YesNo(phone.Is("wifi_connected"))}",
        };
        if (phone.Is("wifi_connected"))
            lines.Add($"Connected Wi-Fi Network: {phone.Text("wifi_ssid")}");
        return string.Join('\n', lines);
    }

    private static string CheckNetworkModePreference(Phone phone) => Py.Get(phone.Device, "network_mode_preference") is var mode && mode is Value.Text
        ? $"Network Mode Preference: {ValueText.Str(mode)}"
        : throw new PyException("AttributeError", $"'{mode.TypeName}' object has no attribute 'value'");

    private static string CheckSimStatus(Phone phone) => phone.SimStatus switch
    {
        "active" => "Your SIM card is active and working.",
        "missing" => "No SIM card detected in the phone.",
        "locked_pin" => "The SIM card is locked with a PIN code.",
        "locked_puk" => "The SIM card is locked with a PUK code.",
        var other => $"Unknown SIM status: {other}",
    };

    private static string RunSpeedTest(Phone phone)
    {
        var (speed, description) = MeasureSpeed(phone);
        return speed is null
            ? $"Speed test failed: {description}."
            : $"Speed Test Result: {PyFloat.Fixed(speed.Value, 2)} Mbps ({description}). " + description switch
            {
                "Very Poor" => "Connection is very slow. Basic web browsing might be difficult.",
                "Poor" => "Connection is slow. Web browsing may be sluggish, streaming difficult.",
                "Fair" => "Connection is okay for web browsing and some standard definition streaming.",
                "Good" => "Connection is good for most activities, including HD streaming.",
                _ => "Connection is very fast.",
            };
    }

    /// <summary>Megabits per second and their name; no speed where there is no data.</summary>
    private static (double? Speed, string Description) MeasureSpeed(Phone phone)
    {
        if (!phone.HasWorkingData())
            return (null, "No Connection");
        var factor = phone.Is("vpn_connected") && Py.Get(phone.Device, "vpn_details") is Value.Dict vpn && Py.AreEqual(Py.Get(vpn, "server_performance"), "poor") ? 0.1 : 1.0;
        if (phone.Is("data_saver_mode"))
            factor *= 0.2;
        var (slowest, fastest) = phone.Text("network_technology_connected") switch
        {
            "2G" => (0.1, 0.4),
            "3G" => (1.0, 5.0),
            "4G" => (10.0, 100.0),
            "5G" => (50.0, 500.0),
            _ => (0.0, 0.0),
        };
        var signal = phone.Text("network_signal_strength") switch
        {
            "poor" => 0.2,
            "fair" => 0.5,
            "good" => 0.8,
            "excellent" => 1.0,
            _ => 0.0,
        };
        var speed = PyFloat.Round((slowest + fastest) / 2 * signal * factor, 2);
        return (speed, speed switch
        {
            < 1 => "Very Poor",
            < 5 => "Poor",
            < 25 => "Fair",
            < 100 => "Good",
            _ => "Excellent",
        });
    }

    private static string CheckApnSettings(Phone phone) => Py.Get(phone.Device, "active_apn_settings") is not Value.Dict and var wrong
        ? throw new PyException("AttributeError", $"'{wrong.TypeName}' object has no attribute 'model_copy'")
        : $"Current APN Name: {ValueText.Str(phone.Apn("apn_name"))}\n"
        + $"MMSC URL (for picture messages): {(Py.IsTrue(phone.Apn("mmsc_url")) ? ValueText.Str(phone.Apn("mmsc_url")) : "Not Set")}\n"
        + "(These are technical settings, usually best left unchanged.)";

    private static string CheckWifiStatus(Phone phone)
    {
        if (!phone.Is("wifi_enabled"))
            return "Wi-Fi is turned OFF.";
        return phone.Is("wifi_connected")
            ? $"Wi-Fi is ON and connected to '{phone.Text("wifi_ssid")}'. Signal strength: {phone.Text("wifi_signal_strength")}."
            : "Wi-Fi is ON but not connected to any network.";
    }

    /// <summary>The details are shown as Python shows a dict with an enumeration in it.</summary>
    private static string CheckVpnStatus(Phone phone)
    {
        if (phone.Is("vpn_connected"))
        {
            if (Py.Get(phone.Device, "vpn_details") is not Value.Dict details)
                return "VPN is ON and connected (no specific details available).";
            var shown = details.Keys.Zip(details.Values, (key, value) => key == "server_performance"
                ? $"'{key}': <PerformanceLevel.{ValueText.Str(value).ToUpperInvariant()}: {ValueText.Repr(value)}>"
                : $"'{key}': {ValueText.Repr(value)}");
            return $"VPN is ON and connected. Details: {{{string.Join(", ", shown)}}}";
        }
        return phone.Is("vpn_enabled_setting") ? "VPN is turned ON in settings, but currently not connected." : "VPN is turned OFF.";
    }

    private static string CheckAppStatus(Phone phone, Value app)
    {
        if (Permissions(phone, app) is not { } permissions)
            return $"App '{ValueText.Str(app)}' not found on this phone.";
        var granted = Granted(permissions).ToList();
        return granted.Count == 0
            ? $"Status for App: {ValueText.Str(app)}\n - Permissions: None granted."
            : $"Status for App: {ValueText.Str(app)}\n - Permissions Granted:\n{string.Join('\n', granted.Select(name => $"   - {name}"))}";
    }

    private static string CheckAppPermissions(Phone phone, Value app)
    {
        if (Permissions(phone, app) is not { } permissions)
            return $"App '{ValueText.Str(app)}' not found on this phone.";
        var granted = Granted(permissions).ToList();
        return granted.Count > 0
            ? $"App '{ValueText.Str(app)}' has permission for: {string.Join(", ", granted)}."
            : $"App '{ValueText.Str(app)}' currently has no permissions granted.";
    }

    private static bool CanSendMms(Phone phone) =>
        phone.HasWorkingData()
        && phone.Text("network_technology_connected") != "2G"
        && !(phone.Is("wifi_calling_enabled") && phone.Is("wifi_calling_mms_over_wifi"))
        && phone.Apn("mmsc_url") is not Value.Null
        && Permissions(phone, "messaging") is { } permissions
        && Py.IsTrue(Py.Get(permissions, "storage"))
        && Py.IsTrue(Py.Get(permissions, "sms"));

    private static string CheckPaymentRequest(Phone phone) => Py.Get(phone.Surroundings, "payment_request") is Value.Dict request
        ? $"You have a payment request for bill {ValueText.Str(Py.Get(request, "bill_id"))} of {ValueText.Str(Py.Get(request, "amount_due"))} USD."
        : "No payment request has been made.";

    private static Value.Dict? Permissions(Phone phone, Value app)
    {
        var apps = Py.GetDict(phone.Device, "app_statuses");
        return Py.Contains(apps, app) ? Py.GetDict(Py.Get(apps, app), "permissions") : null;
    }

    private static IEnumerable<string> Granted(Value.Dict permissions) =>
        permissions.Keys.Zip(permissions.Values).Where(permission => Py.IsTrue(permission.Second)).Select(permission => permission.First);

    private static string OnOff(bool on) => on ? "ON" : "OFF";

    private static string YesNo(bool yes) => yes ? "Yes" : "No";
}
