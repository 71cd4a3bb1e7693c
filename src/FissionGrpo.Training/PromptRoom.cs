using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>Whether prompts leave room for replies. Nothing is ever cut out of a prompt, so one that does not fit is the user's to shorten, before hours are spent.</summary>
internal static class PromptRoom
{
    private const int Tasks = 8;

    /// <exception cref="UserErrorException">A prompt leaves no room for a reply.</exception>
    public static async Task RequireAsync(RolloutEngine rollouts, ITaskSource tasks, CancellationToken cancel)
    {
        var options = rollouts.Options;
        for (var i = 0; i < Tasks; i++)
        {
            var task = tasks.TrainingTask(i);
            var prompt = await rollouts.PromptTokensAsync(task, cancel);
            if (prompt + options.MaxReplyTokens > options.MaxTokens)
                throw new UserErrorException(
                    $"rollout.max_tokens is {options.MaxTokens}, but the prompt of {task.Id} has {prompt} tokens and a reply may have {options.MaxReplyTokens}. "
                    + $"Set rollout.max_tokens to {2 * (prompt + options.MaxReplyTokens)} or more; nothing is left out of a prompt unless you ask for it (docs/tau.md: tau.show_policy, tau.tools). A model whose own context is shorter (max_position_embeddings) does not do.");
        }
    }
}
