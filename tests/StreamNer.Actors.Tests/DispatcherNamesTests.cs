using Akka.Actor;
using Akka.Configuration;
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
}
