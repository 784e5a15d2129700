using System.Globalization;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Pipeline;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Reading;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams;

/// <summary>Puts the pipeline into a host: the same two calls in the product and in its tests.</summary>
internal static class StreamsRegistration
{
    // Beyond the drain: committing, leaving the group and closing both clients.
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(10);

    /// <summary>Adds the options, checked at start, the status, the metrics and the Kafka connector.</summary>
    public static IServiceCollection AddStreams(this IServiceCollection services, IConfiguration configuration)
    {
        AddChecked<KafkaOptions>(services, configuration, KafkaOptions.Section, options => options.Problems());
        AddChecked<ReadingOptions>(services, configuration, ReadingOptions.Section, options => options.Problems());
        AddChecked<OutputOptions>(services, configuration, OutputOptions.Section, options => options.Problems());
        AddChecked<TraceOptions>(services, configuration, TraceOptions.Section, options => options.Problems());

        // Compared with the other sections as they are written: asking for checked ones would hide problems behind each other.
        AddChecked<PipelineOptions>(services, configuration, PipelineOptions.Section, options => options.Problems(
            configuration.GetSection(KafkaOptions.Section).Get<KafkaOptions>() ?? new KafkaOptions(),
            configuration.GetSection(ReadingOptions.Section).Get<ReadingOptions>() ?? new ReadingOptions()));
        services.TryAddSingleton<PipelineStatus>();
        services.TryAddSingleton(provider => new StreamsTelemetry(
            provider.GetRequiredService<PipelineStatus>(), provider.GetRequiredService<IOptions<KafkaOptions>>().Value));
        services.TryAddSingleton(provider => new DocumentTracing(
            provider.GetRequiredService<IOptions<KafkaOptions>>().Value,
            provider.GetRequiredService<IOptions<TraceOptions>>().Value,
            TimeProvider.System));
        services.TryAddSingleton<IConnectorFactory, KafkaConnectorFactory>();
        services.TryAddSingleton<PipelineSetup>();
        return services;
    }

    /// <summary>Starts the pipeline with the actor system and drains it when the system shuts down.</summary>
    /// <param name="builder">The actor system's builder; the recogniser must have been added before.</param>
    /// <param name="services">The host's services.</param>
    /// <param name="recogniser">Finds the recognition actor among the registered ones.</param>
    /// <param name="model">Whose name and hash stand in the events.</param>
    public static AkkaConfigurationBuilder WithPipeline(
        this AkkaConfigurationBuilder builder, IServiceProvider services, Func<IActorRegistry, IActorRef> recogniser, ModelIdentity model)
    {
        var setup = services.GetRequiredService<PipelineSetup>();
        var drain = setup.Pipeline.DrainTimeout + CloseTime;
        var phase = (drain + CloseTime).TotalMilliseconds.ToString(CultureInfo.InvariantCulture);

        // Derived, so that the phase is always longer than the drain inside it.
        builder.AddHocon(
            $$"""
            akka.coordinated-shutdown.phases.service-requests-done.timeout = {{phase}}ms
            """,
            HoconAddMode.Prepend);
        builder.AddHocon(setup.Connectors.Mechanics, HoconAddMode.Append);
        return builder.WithActors((system, registry) =>
        {
            var pipeline = system.ActorOf(PipelineActor.Props(setup, recogniser(registry), model), "pipeline");
            var shutdown = CoordinatedShutdown.Get(system);
            shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "pipeline-stop-intake", () =>
            {
                pipeline.Tell(PipelineProtocol.StopIntake.Instance);
                return Task.FromResult(Akka.Done.Instance);
            });
            shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "pipeline-drain", async () =>
            {
                await pipeline.Ask<PipelineProtocol.Drained>(PipelineProtocol.Drain.Instance, drain).ConfigureAwait(false);
                return Akka.Done.Instance;
            });
        });
    }

    private static void AddChecked<TOptions>(
        IServiceCollection services, IConfiguration configuration, string section, Func<TOptions, IEnumerable<string>> problems)
        where TOptions : class
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>>(new OptionsCheck<TOptions>(problems)));
        services.AddOptions<TOptions>()
            .Bind(configuration.GetSection(section), binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
    }

    /// <summary>Lets Microsoft's options ask ours for all their problems.</summary>
    private sealed class OptionsCheck<TOptions>(Func<TOptions, IEnumerable<string>> problems) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options) =>
            problems(options).ToArray() is { Length: > 0 } found ? ValidateOptionsResult.Fail(found) : ValidateOptionsResult.Success;
    }
}
