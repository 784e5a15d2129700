using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.TestSupport.Actors;

namespace StreamNer.Actors.Tests;

public class DispatcherNamesTests
{
    [Theory]
    [InlineData(DispatcherNames.Inference)]
    [InlineData(DispatcherNames.Tokenizer)]
    public async Task Every_dispatcher_named_in_code_exists_in_akka_conf(string name)
    {
        using var system = ActorSystem.Create("conf", ConfigurationFactory.ParseString(TestSetup.AkkaConf));
        Assert.True(system.Dispatchers.HasDispatcher(name), name);
        await system.Terminate();
    }

    [Fact]
    public async Task Tokenizing_has_as_many_threads_as_the_setting_says()
    {
        var setup = TestSetup.Of();
        var services = new ServiceCollection().AddLogging();
        services.AddAkka("threads", akka => akka
            .AddHocon(TestSetup.AkkaConf, HoconAddMode.Prepend)
            .WithRecognition(new EnsembleSetup { Models = [setup with { Options = setup.Options with { Tokenizers = 3 } }] }));
        await using var provider = services.BuildServiceProvider();
        var system = provider.GetRequiredService<ActorSystem>();
        Assert.Equal(3, system.Settings.Config.GetInt($"{DispatcherNames.Tokenizer}.dedicated-thread-pool.thread-count"));
        await system.Terminate();
    }
}
