using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Runs;

/// <summary><c>settings.json</c> of a run folder: all sections, so that the run can be repeated and gone on with from its own folder.</summary>
internal static class RunSettingsFile
{
    private const string Name = "settings.json";

    public static string PathIn(string run) => Path.Combine(run, Name);

    public static void Write(string run, RunSettings settings) => AtomicFile.Write(PathIn(run), settings.ToJson());

    /// <summary>Whether a run's folder has these settings already. They are not written anew then: what was evaluated is known by the file too, and a later version writes more into it.</summary>
    public static bool Holds(string run, RunSettings settings)
    {
        try
        {
            return File.Exists(PathIn(run)) && Read(run).ToJson() == settings.ToJson();
        }
        catch (UserErrorException)
        {
            return false;
        }
    }

    /// <exception cref="UserErrorException">The folder is no run, or its settings do not read.</exception>
    public static RunSettings Read(string run)
    {
        if (!File.Exists(PathIn(run)))
            throw new UserErrorException($"{run}: is not the folder of a run ({Name} is missing). Give the folder that `fission train --output` wrote.");
        try
        {
            var layers = new OptionLayers();
            layers.AddFile(PathIn(run));
            return RunSettings.Read(layers);
        }
        catch (UserErrorException cause)
        {
            throw new UserErrorException($"{cause.Message} It is the record of a run: put a whole copy of it back. A checkpoint of the run needs none where it lies outside of the run's folder.", cause);
        }
    }

    /// <summary>The settings of the run that a checkpoint belongs to, looked for in its folder and the two above; null when it belongs to none.</summary>
    public static RunSettings? Find(string checkpoint) => Enclosing(checkpoint) is { } run ? Read(run) : null;

    /// <summary>The folder of that run, or null.</summary>
    public static string? Enclosing(string checkpoint)
    {
        var folder = Path.GetFullPath(checkpoint);
        for (var i = 0; i < 3 && folder is not null; i++, folder = Path.GetDirectoryName(folder))
            if (File.Exists(PathIn(folder)))
                return folder;
        return null;
    }
}
