using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Options;

/// <summary>What a run on TAU-bench or TAU2-bench (<c>world=tau</c>, <c>world=tau2</c>) trains on. The files are those that the user has added.</summary>
/// <param name="Domain"><c>retail</c>, <c>airline</c>, in tau2 also <c>telecom</c>.</param>
/// <param name="Split">The tasks that are trained on.</param>
/// <param name="TestSplit">The tasks that the run is measured on.</param>
/// <param name="ShowPolicy">False leaves the domain's policy out of the prompt: shorter, and no longer the benchmark.</param>
/// <param name="Tools">The only tools to offer; none means all. Tasks whose ground truth needs another are left out.</param>
/// <param name="UserEndpoint">A server whose model plays the user; without it and <paramref name="UserCheckpoint"/> the scripted user does.</param>
/// <param name="UserModel">That model's name.</param>
/// <param name="UserApiKeyVariable">The environment variable that holds that server's key.</param>
/// <param name="UserCheckpoint">A checkpoint that plays the user in this process.</param>
/// <param name="Data">The benchmark's folder; null is the data folder.</param>
internal sealed record TauSettings(
    string Domain = "retail",
    string Split = "train",
    string TestSplit = "test",
    bool ShowPolicy = true,
    ImmutableArray<string> Tools = default,
    string? UserEndpoint = null,
    string? UserModel = null,
    string UserApiKeyVariable = "OPENAI_API_KEY",
    string? UserCheckpoint = null,
    string? Data = null)
{
    /// <summary>The only tools to offer; none means all.</summary>
    public ImmutableArray<string> Tools { get; init; } = Tools.IsDefault ? [] : Tools;

    /// <summary>What does not go together.</summary>
    public void Check(Func<string, string> placeOf)
    {
        if (UserEndpoint is not null && UserCheckpoint is not null)
            throw new UserErrorException($"{placeOf("tau.user_checkpoint")}: tau.user_endpoint and tau.user_checkpoint are both given. One user plays; take one of them out.");
        if (UserEndpoint is not null && UserModel is null)
            throw new UserErrorException($"{placeOf("tau.user_endpoint")}: tau.user_endpoint needs tau.user_model, the model's name at the server.");
    }
}
