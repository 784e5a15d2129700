using Akka.Streams;
using Akka.TestKit.Xunit;

namespace StreamNer.Streams.Tests;

/// <summary>An actor system for stage tests: it changes the order of what may happen in any order, so that no test leans on luck.</summary>
public abstract class StreamTest : TestKit
{
    protected StreamTest()
        : base("akka.stream.materializer.debug.fuzzing-mode = on\nakka.loglevel = ERROR\nakka.stdout-loglevel = OFF") =>
        Materializer = Sys.Materializer();

    protected ActorMaterializer Materializer { get; }

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected static TimeSpan Soon { get; } = TimeSpan.FromSeconds(20);
}
