using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau2.State;

/// <summary>
/// The state of one episode: the agent's database and, in telecom, the user's phone and surroundings. Everything in it is immutable and
/// replaced as a whole, so a fork is a copy of a few references.
/// </summary>
internal sealed class Tau2World(WorldState agent, Value.Dict? user)
{
    public WorldState Agent { get; } = agent;

    /// <summary><c>{device, surroundings}</c>; null where the user has no tools.</summary>
    public Value.Dict? User { get; set; } = user;

    /// <summary>The original makes ids of new bills at random; here they are counted.</summary>
    public int NewBills { get; set; }

    /// <summary>Breaking the VPN spoils the settings that every later connection uses.</summary>
    public bool IsVpnBroken { get; set; }

    /// <summary>What both sides were when they were last synchronised; as long as they are that, there is nothing to do.</summary>
    public (object Agent, Value Surroundings)? Synchronized { get; set; }

    public Tau2World Fork() => new(Agent.Fork(), User) { NewBills = NewBills, IsVpnBroken = IsVpnBroken, Synchronized = Synchronized };

    /// <summary>Whether the benchmark's hashes of both databases are the same.</summary>
    public bool HasSameHashAs(Tau2World other) =>
        Agent.HasSameHashAs(other.Agent, asTuples: false)
        && (User is null ? other.User is null : OfficialHash.AreSame(User, other.User, asTuples: false));

    public string AgentHash() => OfficialHash.OfJson(Agent);

    public string? UserHash() => User is null ? null : OfficialHash.OfJson(User);

    public UInt128 Digest()
    {
        var agent = Agent.Digest();
        return User is null ? agent : agent + StateHash.Of("user", "", ValueText.Canonical(User));
    }
}
