using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>
/// Writes tasks in the layout of the official data: task and answer files, and beside them the function documents, tables and prompts that they
/// were made with, so that the folder can be played like the official one.
/// </summary>
public static class FullFiles
{
    /// <summary>Ids begin here, so that generated files can lie beside official ones without a clash.</summary>
    public const int FirstNumber = 100_000;

    /// <summary>Whether a task with this id was written here: official numbers end long before.</summary>
    public static bool IsGenerated(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return int.TryParse(id.AsSpan(id.LastIndexOf('_') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= FirstNumber;
    }

    /// <summary>The files of a folder with this many tasks of each category, by path.</summary>
    /// <param name="workshop">Where the tasks come from.</param>
    /// <param name="split">Which of them.</param>
    /// <param name="tasksPerCategory">How many of each of the options' categories.</param>
    /// <param name="progress">Told after each task.</param>
    public static IEnumerable<(string Path, string Content)> Write(FullWorkshop workshop, WorkshopSplit split, int tasksPerCategory, Action? progress = null)
    {
        foreach (var category in BfclData.Categories)
        {
            var (tasks, answers) = (new StringBuilder(), new StringBuilder());
            for (var i = 0; i < tasksPerCategory && workshop.Options.DrawnCategories.Contains(category); i++)
            {
                var id = Phrases.Text($"multi_turn_{category}_{FirstNumber + i}");
                var task = workshop.Make(split, category, i);
                tasks.Append(task.TaskLine(id)).Append('\n');
                answers.Append(task.AnswerLine(id)).Append('\n');
                progress?.Invoke();
            }
            yield return (BfclData.TaskPath(category), tasks.ToString());
            yield return (BfclData.AnswerPath(category), answers.ToString());
        }
        foreach (var (name, file) in BfclData.DocumentFiles.OrderBy(d => d.Key, StringComparer.Ordinal))
            yield return (BfclData.DocumentPath(file), string.Concat(workshop.Catalog.Documents(name).Select(d => PyText.JsonDumps(d) + "\n")));
        yield return ("env_constants.json", workshop.Catalog.Constants.Source);
        yield return ("prompt_strings.json", workshop.Catalog.Prompts.ToJson());
    }
}
