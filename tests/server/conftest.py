from server_of_ours import fx, manager, server

__all__ = ["fx", "manager", "server"]
