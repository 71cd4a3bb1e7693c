using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;

namespace FissionGrpo.Environments.Tau2.Tools;

/// <summary>What tasks call to set a scene on the phone and to examine it; no tools.</summary>
internal static partial class TelecomUserTools
{
    private static Tau2Tool[] SceneMethods =>
    [
        Scene("set_user_info", ["name", "phone_number"], (phone, a) => phone.SetAround(("name", a[0]), ("phone_number", a[1]))),
        Scene("set_user_location", ["abroad"], (phone, a) => phone.SetAround(("is_abroad", a[0]))),
        Scene("turn_data_on", [], (phone, _) => phone.Set(("data_enabled", true))),
        Scene("turn_data_off", [], (phone, _) => Turn(phone, "data_enabled", false)),
        Scene("turn_roaming_on", [], (phone, _) => Turn(phone, "roaming_enabled", true)),
        Scene("turn_roaming_off", [], (phone, _) => Turn(phone, "roaming_enabled", false)),
        Scene("turn_data_saver_mode_on", [], (phone, _) => phone.Set(("data_saver_mode", true))),
        Scene("turn_data_saver_mode_off", [], (phone, _) => phone.Set(("data_saver_mode", false))),
        Scene("turn_airplane_mode_on", [], (phone, _) => TurnAirplaneMode(phone, true)),
        Scene("turn_airplane_mode_off", [], (phone, _) => TurnAirplaneMode(phone, false)),
        Scene("simulate_network_search", [], (phone, _) => phone.SearchNetwork()),
        Scene("set_network_mode_preference", ["mode"], (phone, a) => SetNetworkModePreference(phone, a[0])),
        Scene("unseat_sim_card", [], (phone, _) => ChangeSim(phone, ("sim_card_missing", true))),
        Scene("lock_sim_card", ["mode"], (phone, a) => ChangeSim(
            phone,
            ("sim_card_status", Py.AreEqual(a[0], "pin") ? "locked_pin" : Py.AreEqual(a[0], "puk") ? "locked_puk" : phone.Text("sim_card_status")))),
        Scene("break_apn_settings", [], (phone, _) => ChangeApn(phone, ("apn_name", "broken"))),
        Scene("break_apn_mms_setting", [], (phone, _) => phone.SetApn(("mmsc_url", Value.None))),
        Scene("set_wifi_calling", ["enabled", "mms_over_wifi"], SetWifiCalling, Value.None),
        new("break_vpn", [], BreakVpn),
        Scene("remove_app_permission", ["app_name", "permission"], (phone, a) => RemoveAppPermission(phone, a[0], a[1])),
        Check("assert_airplane_mode_status", ["expected_status"], (phone, a) => Py.AreEqual(phone.Is("airplane_mode"), a[0])),
        Check("assert_service_status", ["expected_status"], (phone, a) => Py.AreEqual(phone.Text("network_connection_status"), a[0])),
        Check("assert_mobile_data_status", ["expected_status"], (phone, a) => Py.AreEqual(phone.HasWorkingData(), a[0])),
        Check("assert_mobile_roaming_status", ["expected_status"], (phone, a) => Py.AreEqual(phone.Is("roaming_enabled"), a[0])),
        Check("assert_mobile_data_saver_mode_status", ["expected_status"], (phone, a) => Py.AreEqual(phone.Is("data_saver_mode"), a[0])),
        Check("assert_mobile_data_usage_exceeded", ["expected_status"], (phone, a) => Py.AreEqual(phone.IsAround("mobile_data_usage_exceeded"), a[0])),
        Check("assert_can_send_mms", ["expected_status"], (phone, a) => Py.AreEqual(CanSendMms(phone), a[0])),
        Check("assert_internet_speed", ["expected_speed", "expected_desc"], HasInternetSpeed, Value.None),
        Check("assert_internet_not_excellent", [], (phone, _) => !string.Equals(MeasureSpeed(phone).Description, "excellent", StringComparison.OrdinalIgnoreCase)),
    ];

    private static Tau2Tool Scene(string name, string[] parameters, Action<Phone, Value[]> change, params Value[] defaults) => new(name, parameters, (world, a) =>
    {
        change(new Phone(world), a);
        return "";
    })
    {
        Defaults = defaults,
    };

    private static Tau2Tool Check(string name, string[] parameters, Func<Phone, Value[], bool> met, params Value[] defaults) =>
        new(name, parameters, (world, a) => TelecomTools.Answer(met(new Phone(world), a))) { Defaults = defaults };

    /// <summary>The original toggles once or twice, each time with a search.</summary>
    private static void Turn(Phone phone, string field, bool on)
    {
        phone.Set((field, on));
        phone.SearchNetwork();
    }

    private static void TurnAirplaneMode(Phone phone, bool on)
    {
        // The original toggles once or twice, so the VPN is lost either way.
        ToggleAirplaneMode(phone);
        if (phone.Is("airplane_mode") != on)
            ToggleAirplaneMode(phone);
    }

    private static void ChangeSim(Phone phone, (string Field, Value Value) change)
    {
        phone.Set(change);
        phone.SearchNetwork();
    }

    private static void ChangeApn(Phone phone, (string Field, Value Value) change)
    {
        phone.SetApn(change);
        phone.SearchNetwork();
    }

    private static void SetWifiCalling(Phone phone, Value[] arguments)
    {
        phone.Set(("wifi_calling_enabled", arguments[0]));
        if (arguments[1] is not Value.Null)
            phone.Set(("wifi_calling_mms_over_wifi", arguments[1]));
    }

    private static string BreakVpn(Tau2World world, Value[] arguments)
    {
        ConnectVpn(world);
        world.IsVpnBroken = true;
        var phone = new Phone(world);
        phone.Set(("vpn_details", Py.GetDict(phone.Device, "vpn_details").With("server_performance", "poor")));
        return "";
    }

    private static void RemoveAppPermission(Phone phone, Value app, Value permission)
    {
        if (Permissions(phone, app) is { } permissions && permissions.Find(Py.Lower(permission)) is not null)
            SetPermission(phone, ((Value.Text)app).Content, Py.Lower(permission), false);
    }

    private static bool HasInternetSpeed(Phone phone, Value[] arguments)
    {
        var (speed, description) = MeasureSpeed(phone);
        return !Py.IsLess(speed ?? 0.0, arguments[0])
            && (arguments[1] is not Value.Text expected || string.Equals(description, expected.Content, StringComparison.OrdinalIgnoreCase));
    }
}
