using StreamNer.Actors.Recognition;
using StreamNer.Inference.Models;
using StreamNer.Inference.Rules;
using StreamNer.Streams.Wire;
using HoconConfig = Akka.Configuration.Config;

namespace StreamNer.Host.Configuration;

/// <summary>Everything that the service is built from, read and checked. Nothing runs yet.</summary>
internal sealed record ServicePlan
{
    /// <summary>The settings.</summary>
    public required ProductSettings Settings { get; init; }

    /// <summary>The same values as they are bound by the services.</summary>
    public required IConfiguration Values { get; init; }

    /// <summary>The models, one or more.</summary>
    public required IReadOnlyList<ServedModel> Models { get; init; }

    /// <summary>The rules beside them; null where there are none.</summary>
    public required EntityRules? Rules { get; init; }

    /// <summary>The recognition actors.</summary>
    public required EnsembleSetup Recognition { get; init; }

    /// <summary>The Akka mechanics: dispatchers and phases.</summary>
    public required HoconConfig Mechanics { get; init; }

    /// <summary>How events name the models.</summary>
    public ModelIdentity Model => IdentityOf(Models);

    /// <summary>How events name those that are asked, as long as they are not all.</summary>
    public ModelIdentity IdentityOf(IReadOnlyList<ServedModel> asked) => ServedModel.IdentityOf(asked, Rules, several: Models.Count > 1);

    /// <summary>Reads and checks all of it.</summary>
    /// <exception cref="ConfigurationException">The configuration can't be used; it names every problem.</exception>
    /// <exception cref="ModelLoadException">The model folder can't be used; it names every problem.</exception>
    public static ServicePlan Make(IConfiguration written)
    {
        var configuration = CheckedConfiguration.Of(written);
        var settings = ProductSettings.Bind(configuration);
        ConfigurationException.ThrowIfAny(SettingsCheck.Problems(configuration, settings));

        var mechanics = AkkaFile.Read();
        var rules = RulesFile.Read(settings.Rules);
        var models = ServedModel.Open(settings.Models);
        var recognition = ServedModel.Recognition(models, settings, rules);
        ConfigurationException.ThrowIfAny(
            [.. recognition.Problems(), .. ServedModel.ScoreProblems(models, rules, settings.Output)]);

        return new ServicePlan
        {
            Settings = settings,
            Values = configuration.Values,
            Models = models,
            Rules = rules,
            Recognition = recognition,
            Mechanics = mechanics
        };
    }
}
