using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;
using FissionGrpo.Environments.Tau2.Tools;

namespace FissionGrpo.Environments.Tests.Tau2;

/// <summary>The phone of telecom's user, in a state of our own.</summary>
public sealed class PhoneTests
{
    private readonly Tau2World _world = new(new WorldState(new Database([])), (Value.Dict)JsonReading.ToValue(JsonDocument.Parse("""
        {"device": {"sim_card_status": "active", "sim_card_missing": false, "airplane_mode": false, "network_signal_strength": "none",
           "network_technology_connected": "none", "network_connection_status": "searching", "battery_level": 50, "data_enabled": true, "roaming_enabled": false,
           "network_mode_preference": "4g_5g_preferred", "active_apn_settings": {"apn_name": "internet", "reset_at_reboot": false, "mms_apn": "mms", "mmsc_url": "http://m", "mms_proxy": null, "mms_port": null},
           "wifi_enabled": false, "wifi_connected": false, "wifi_ssid": null, "wifi_signal_strength": "none", "wifi_calling_enabled": false, "wifi_calling_mms_over_wifi": false,
           "data_saver_mode": false, "vpn_enabled_setting": false, "vpn_connected": false, "vpn_details": null,
           "app_statuses": {"messaging": {"app_name": "messaging", "permissions": {"sms": true, "storage": false}}}},
         "surroundings": {"name": null, "phone_number": null, "is_abroad": false, "roaming_allowed": false, "signal_strength": {"2G": "poor", "3G": "fair", "4G": "good", "5G": "excellent"},
           "mobile_data_usage_exceeded": false, "line_active": true, "payment_request": null}}
        """).RootElement));

    [Theory]
    [InlineData("2g_only", "Speed Test Result: 0.05 Mbps (Very Poor). Connection is very slow. Basic web browsing might be difficult.")]
    [InlineData("3g_only", "Speed Test Result: 1.50 Mbps (Poor). Connection is slow. Web browsing may be sluggish, streaming difficult.")]
    [InlineData("4g_only", "Speed Test Result: 44.00 Mbps (Good). Connection is good for most activities, including HD streaming.")]
    [InlineData("4g_5g_preferred", "Speed Test Result: 275.00 Mbps (Excellent). Connection is very fast.")]
    public void Speed_FollowsTheNetwork(string mode, string expected)
    {
        Call("set_network_mode_preference", mode);

        Assert.Equal(expected, Call("run_speed_test"));
    }

    [Fact]
    public void BrokenVpn_StaysBrokenForTheEpisodeButNotForItsForks()
    {
        Call("reboot_device");
        var fork = _world.Fork();

        Method("break_vpn");
        Call("disconnect_vpn");
        Call("connect_vpn");

        Assert.Contains("(Good)", Call("run_speed_test"), StringComparison.Ordinal);
        Assert.Contains("PerformanceLevel.POOR", Call("check_vpn_status"), StringComparison.Ordinal);
        Assert.Equal("VPN is turned OFF.", TelecomUserTools.Toolkit.Tools["check_vpn_status"].Invoke(fork, []));
    }

    [Fact]
    public void Mms_NeedsThePermissionThatIsMissing()
    {
        Call("reboot_device");
        Assert.Equal("Your messaging app cannot send MMS messages.", Call("can_send_mms"));

        Assert.StartsWith("Success. Permission 'storage' granted", Call("grant_app_permission", "messaging", "STORAGE"), StringComparison.Ordinal);

        Assert.Equal("Your messaging app can send MMS messages.", Call("can_send_mms"));
    }

    [Fact]
    public void SettingsThatAreNone_FailInEveryLaterSearch()
    {
        var error = Assert.Throws<PyException>(() => Call("set_apn_settings", 5));
        Assert.Equal("'int' object has no attribute 'apn_name'", error.Message);

        Assert.Equal("'int' object has no attribute 'apn_name'", Assert.Throws<PyException>(() => Call("toggle_data")).Message);
        Assert.Equal("'int' object has no attribute 'model_copy'", Assert.Throws<PyException>(() => Call("check_apn_settings")).Message);
        Assert.Equal("Status Bar: 📶⁴ Excellent | 5G | 📵 Data Disabled | 🔋 50%", Call("check_status_bar"));
    }

    [Fact]
    public void NoPreference_IsSetAndRefused() =>
        Assert.StartsWith("Failed to set network mode: 'None' is not a valid option.", TelecomUserTools.Toolkit.Tools["set_network_mode_preference"].Invoke(_world, [Value.None]), StringComparison.Ordinal);

    private string Call(string name, params Value[] arguments) => TelecomUserTools.Toolkit.Tools[name].Invoke(_world, arguments);

    private void Method(string name) => TelecomUserTools.Toolkit.Methods[name].Invoke(_world, []);
}
