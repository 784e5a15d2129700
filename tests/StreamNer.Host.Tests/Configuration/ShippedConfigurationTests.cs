using Akka.Actor;
using Akka.Configuration;
using StreamNer.Actors;
using StreamNer.Host.Configuration;
using StreamNer.TestSupport;

namespace StreamNer.Host.Tests.Configuration;

public class ShippedConfigurationTests
{
    [Fact]
    public void The_shipped_settings_have_no_problem()
    {
        var configuration = CheckedConfiguration.Of(ConfigurationFiles.Read(null, []));

        Assert.Empty(SettingsCheck.Problems(configuration, ProductSettings.Bind(configuration)));
    }

    [Fact]
    public void Every_key_is_explained_in_the_configurations_readme()
    {
        var readme = File.ReadAllText(Repository.File("config", "README.md"));

        // A model's own section has the keys of the one it takes the place of.
        var keys = KnownSections.Keys.Paths().ToHashSet();
        var explained =
            keys.Where(path => !path.StartsWith("Models:0:", StringComparison.Ordinal) || !keys.Contains(path["Models:0:".Length..]));
        Assert.All(explained, path => Assert.Contains($"`{path}`", readme));
        Assert.All(["Models:0:Windows", "Models:0:Words", "Models:0:Devices"], path => Assert.Contains($"`{path}`", readme));
    }

    [Fact]
    public async Task Every_dispatcher_named_in_code_stands_in_akka_conf()
    {
        using var system =
            ActorSystem.Create("conf", ConfigurationFactory.ParseString(
                await File.ReadAllTextAsync(Repository.File("config", "akka.conf"), TestContext.Current.CancellationToken)));

        Assert.True(system.Dispatchers.HasDispatcher(DispatcherNames.Inference));
        Assert.True(system.Dispatchers.HasDispatcher(DispatcherNames.Tokenizer));
        await system.Terminate();
    }

    [Fact]
    public void The_sample_has_200_different_documents_of_moderate_length()
    {
        var documents = File.ReadAllLines(Repository.File("config", "sample", "documents.txt"));

        Assert.Equal(200, documents.Distinct().Count());
        Assert.All(documents, document => Assert.InRange(document.Length, 40, 600));
    }
}
