using StreamNer.Actors.Recognition;
using StreamNer.Inference;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Rules;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Wire;

namespace StreamNer.Host.Configuration;

/// <summary>One of the models that label, its folder opened and checked. Nothing runs yet.</summary>
/// <param name="Name">What entities, tokens and metrics call it.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Settings">How it is configured.</param>
internal sealed record ServedModel(string Name, ModelFolder Folder, ModelSettings Settings)
{
    private const int MostNamesShown = 20;

    private ModelIdentity Identity => new(Name, Folder.Description.Hash);

    /// <summary>How events name those who label together.</summary>
    /// <param name="asked">The models that label.</param>
    /// <param name="rules">The rules beside them, or null.</param>
    /// <param name="several">Whether several models are configured, also when only one of them is asked.</param>
    public static ModelIdentity IdentityOf(IReadOnlyList<ServedModel> asked, EntityRules? rules, bool several) =>
        ModelIdentity.Combine([.. asked.Select(model => model.Identity)], rules is null ? null
            : new ModelIdentity(rules.Name, rules.Hash), several);

    /// <summary>Opens the folders of all models.</summary>
    /// <exception cref="ModelLoadException">Folders can't be used; it names every problem of all of them.</exception>
    /// <exception cref="ConfigurationException">Two models have the same name.</exception>
    public static IReadOnlyList<ServedModel> Open(IReadOnlyList<ModelSettings> models)
    {
        List<ServedModel> opened = [];
        List<ModelLoadException> failures = [];
        foreach (var model in models)
        {
            try
            {
                opened.Add(Open(model));
            }
            catch (ModelLoadException unusable)
            {
                failures.Add(unusable);
            }
        }

        if (failures.Count == 1)
            throw failures[0];
        if (failures.Count > 1)
        {
            throw new ModelLoadException(string.Join(" and ", failures.Select(failure => failure.Folder)),
                [.. failures.SelectMany(failure => failure.Problems.Select(problem => $"{failure.Folder}: {problem}"))]);
        }

        ConfigurationException.ThrowIfAny([.. NameProblems(opened)]);
        return opened;
    }

    /// <summary>Opens one.</summary>
    /// <exception cref="ModelLoadException">The folder can't be used; it names every problem.</exception>
    public static ServedModel Open(ModelSettings model)
    {
        var folder = ModelFolder.Open(ModelPath.Resolve(model.Path), model.File, model.SubwordEngine);
        return new ServedModel(model.Name.Length > 0 ? model.Name : folder.Description.Name, folder, model);
    }

    /// <summary>Loads its pipeline for who labels without the service, within the time that the service's lanes have.</summary>
    /// <exception cref="ModelLoadException">It can't be loaded, or not in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public TokenClassificationPipeline LoadPipeline(BatchingOptions batching, RecognitionOptions recognition, CancellationToken stop) =>
        LoadTime.Within(
            Folder.Description.Folder, recognition.LoadTimeout, RecognitionOptions.LoadTimeoutSetting,
            ended => TokenClassificationPipeline.Load(
                Folder, Settings.Devices is [var device, ..] ? device : null, Settings.Windows, batching, Settings.Words, ended),
            stop);

    /// <summary>Says which models can't be told apart.</summary>
    public static IEnumerable<string> NameProblems(IReadOnlyList<ServedModel> models)
    {
        // As an actor's path holds them: what differs only in other characters would be one path.
        foreach (var same in models.GroupBy(model => RecognitionSetup.ActorNameOf(model.Name), StringComparer.Ordinal)
            .Where(same => same.Count() > 1))
        {
            yield return $"{NamedModelOptions.Section} has {same.Count()} models called '{same.First().Name}' "
                + $"({string.Join(", ", same.Select(model => model.Settings.Path))}): "
                + $"give them different names, as in {NamedModelOptions.Section}:1:Name=other";
        }
    }

    /// <summary>Says which labels have a least score of their own although nothing that labels has them.</summary>
    public static IEnumerable<string> ScoreProblems(IReadOnlyList<ServedModel> models, EntityRules? rules, OutputOptions output)
    {
        if (output.MinScoreOf.Count == 0)
            yield break;
        string[] names = [.. models.SelectMany(model => model.Folder.Labels.EntityNames(model.Settings.Words.Aggregation))
            .Concat(rules?.Labels ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        foreach (var label in output.MinScoreOf.Keys.Where(label => !names.Contains(label, StringComparer.OrdinalIgnoreCase)))
        {
            var meant = NearMatch.Of(label, names) is { } near ? $"; did you mean {near}?" : "";
            yield return $"{OutputOptions.Section}:MinScoreOf names '{VisibleText.Of(label)}', which no entity is called: there are "
                + (names.Length == 0 ? "none" : string.Join(", ", names.Take(MostNamesShown))) + meant;
        }
    }

    /// <summary>The recognition actors of all models. On the processor the models share the cores.</summary>
    public static EnsembleSetup Recognition(IReadOnlyList<ServedModel> models, ProductSettings settings, EntityRules? rules)
    {
        var cores = LanePlan.Share(Environment.ProcessorCount, models.Count);
        var pool = settings.Cluster.Pool;
        return new EnsembleSetup
        {
            Models =
            [
                .. models.Select((model, i) => RecognitionSetup.For(
                    model.Folder, pool is { Infers: false } ? [] : LanePlan.Create(model.Settings.Devices, cores[i]),
                        model.Settings.Windows, settings.Batching, settings.Recognition, model.Settings.Words) with
                {
                    Model = model.Name,
                    Pool = pool,
                }),
            ],
            Rules = rules,
        };
    }
}
