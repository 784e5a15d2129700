using Microsoft.Extensions.Options;
using StreamNer.Actors.Pool;
using StreamNer.Host.Settings;
using StreamNer.Inference.Files;

namespace StreamNer.Host.Configuration;

/// <summary>Finds everything that is wrong with a configuration: single values, and values that contradict each other.</summary>
internal static class SettingsCheck
{
    /// <summary>Checks without starting anything.</summary>
    /// <returns>Every problem; empty when there is none.</returns>
    public static IReadOnlyList<string> Problems(CheckedConfiguration configuration, ProductSettings settings) =>
    [
        .. configuration.Problems,
        .. ModelSettings.Problems(configuration),
        .. settings.Batching.Problems(),
        .. settings.Recognition.Problems(),
        .. settings.Cluster.Problems(),
        .. settings.Web.Problems(),
        .. Certificates(settings),
        .. settings.Telemetry.Problems(),
        .. Streams(configuration),
    ];

    private static List<string> Certificates(ProductSettings settings)
    {
        List<string> problems = [];
        var now = DateTimeOffset.UtcNow;
        CertificateFile.Read(WebOptions.CertificateSection, settings.Web.Certificate, now, problems)?.Certificate.Dispose();
        if (settings.Cluster.Enabled)
            NodeCertificate.Read(settings.Cluster, now, problems)?.Certificate.Dispose();
        return problems;
    }

    private static IReadOnlyList<string> Streams(CheckedConfiguration configuration)
    {
        // The streams' validators look at each other's sections, so they come with the services that the product itself uses.
        using var services = new ServiceCollection().AddStreamsOverConnector(configuration.Values).BuildServiceProvider();
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
            return [];
        }
        catch (OptionsValidationException one)
        {
            return [.. one.Failures];
        }
        catch (AggregateException several)
        {
            return [.. several.InnerExceptions.OfType<OptionsValidationException>().SelectMany(one => one.Failures)];
        }
    }
}
