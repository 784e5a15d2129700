[assembly: AssemblyFixture(typeof(StreamNer.Web.Tests.SharedService))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]
