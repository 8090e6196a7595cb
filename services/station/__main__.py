"""`python -m services.station`."""

from services.station.bootstrap import main

if __name__ == "__main__":
    main()
