using FissionGrpo.Cli;
using FissionGrpo.Cli.Shells;

using var interruption = new Interruption(Console.Error);
return await FissionCommand.RunAsync(args, Shell.OfProcess(), interruption.Token);
