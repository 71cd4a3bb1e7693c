using System.Text.Json;

namespace FissionGrpo.Episodes;

/// <summary>A tool as it is offered to the policy.</summary>
/// <param name="Name">The name that a call must use.</param>
/// <param name="Document">
/// The whole description as the benchmark's authors wrote it (name, description, parameters as JSON Schema, and what else there is).
/// Prompts render this, so its member order and number spelling are kept.
/// </param>
public sealed record ToolSpec(string Name, JsonElement Document);
