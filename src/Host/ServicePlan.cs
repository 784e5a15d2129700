using StreamNer.Actors.Recognition;
using StreamNer.Host.Configuration;
using StreamNer.Inference.Models;
using StreamNer.Streams.Wire;
using HoconConfig = Akka.Configuration.Config;

namespace StreamNer.Host;

/// <summary>Everything that the service is built from, read and checked. Nothing runs yet.</summary>
internal sealed record ServicePlan
{
    /// <summary>The settings.</summary>
    public required ProductSettings Settings { get; init; }

    /// <summary>The same values as they are bound by the services.</summary>
    public required IConfiguration Values { get; init; }

    /// <summary>The model folder.</summary>
    public required ModelFolder Folder { get; init; }

    /// <summary>The recognition actors.</summary>
    public required RecognitionSetup Recognition { get; init; }

    /// <summary>The Akka mechanics: dispatchers and phases.</summary>
    public required HoconConfig Mechanics { get; init; }

    /// <summary>How events name the model.</summary>
    public ModelIdentity Model => new(Folder.Description.Name, Folder.Description.Hash);

    /// <summary>Reads and checks all of it.</summary>
    /// <exception cref="ConfigurationException">The configuration can't be used; it names every problem.</exception>
    /// <exception cref="ModelLoadException">The model folder can't be used; it names every problem.</exception>
    public static ServicePlan Make(IConfiguration written)
    {
        var configuration = CheckedConfiguration.Of(written);
        var settings = ProductSettings.Bind(configuration);
        ConfigurationException.ThrowIfAny(SettingsCheck.Problems(configuration, settings));

        var mechanics = AkkaFile.Read();
        var folder = ModelFolder.Open(ModelPath.Resolve(settings.Model.Path), settings.Model.File);
        var lanes = LanePlan.Of(settings.Devices, Environment.ProcessorCount);
        var recognition = RecognitionSetup.For(folder, lanes, settings.Windows, settings.Batching, settings.Recognition, settings.Words);
        ConfigurationException.ThrowIfAny(recognition.Problems());

        return new ServicePlan { Settings = settings, Values = configuration.Values, Folder = folder, Recognition = recognition, Mechanics = mechanics };
    }
}
