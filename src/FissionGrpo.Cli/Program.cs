Console.Error.WriteLine("fission: the command line is being built");
return 2;
